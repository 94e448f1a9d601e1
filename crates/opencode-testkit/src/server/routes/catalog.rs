//! Routes that describe the installation: agents, models, commands, paths. Small but well-formed answers.

use serde_json::{Value, json};

use crate::server::core::Core;
use crate::server::reply::Reply;
use crate::server::request::Request;

pub(super) fn dispatch(core: &Core, request: &Request, segments: &[&str]) -> Option<Reply> {
    let (own, project) = core.peek(|state| (state.options.directory.clone(), state.options.project.clone()));
    let directory = request.directory(&own);
    let answer = match (request.method.as_str(), segments) {
        ("GET", ["agent"]) => agents(),
        ("GET", ["command"]) => commands(),
        ("GET", ["config"]) => json!({"model": "test/test-1", "username": "test", "agent": {}, "mode": {}}),
        ("GET", ["config", "providers"]) => {
            json!({"providers": [provider()], "default": {"test": "test-1"}})
        }
        ("GET", ["provider"]) => {
            json!({"all": [provider()], "default": {"test": "test-1"}, "connected": ["test"]})
        }
        ("GET", ["path"]) => json!({
            "home": "/srv/test",
            "state": "/srv/test/.local/state/opencode",
            "config": "/srv/test/.config/opencode",
            "worktree": directory,
            "directory": directory,
        }),
        ("GET", ["project", "current"]) => json!({
            "id": project,
            "worktree": directory,
            "vcs": "git",
            "time": {"created": 1_700_000_000_000_u64, "updated": 1_700_000_000_000_u64},
            "sandboxes": [],
        }),
        _ => return None,
    };
    Some(Reply::ok(&answer))
}

fn agents() -> Value {
    let agent = |name: &str, mode: &str, description: &str| {
        json!({
            "name": name,
            "description": description,
            "mode": mode,
            "native": true,
            "permission": [{"permission": "*", "pattern": "*", "action": "allow"}],
            "options": {},
        })
    };
    json!([
        agent("build", "primary", "The default agent."),
        agent("plan", "primary", "Plans without changing anything."),
        agent("general", "subagent", "Works on several things at once."),
        agent("explore", "subagent", "Looks around in a code base."),
    ])
}

fn commands() -> Value {
    let command = |name: &str, description: &str| {
        json!({
            "name": name,
            "description": description,
            "source": "command",
            "template": format!("/{name} $ARGUMENTS"),
            "hints": ["$ARGUMENTS"],
        })
    };
    json!([command("init", "guided AGENTS.md setup"), command("review", "review changes")])
}

fn provider() -> Value {
    let modes = json!({"text": true, "audio": false, "image": false, "video": false, "pdf": false});
    let model = json!({
        "id": "test-1",
        "providerID": "test",
        "api": {"id": "test-1", "url": "", "npm": "@ai-sdk/openai-compatible"},
        "name": "Test One",
        "family": "",
        "capabilities": {
            "temperature": true,
            "reasoning": true,
            "attachment": true,
            "toolcall": true,
            "input": modes,
            "output": modes,
            "interleaved": false,
        },
        "cost": {"input": 1, "output": 2, "cache": {"read": 0, "write": 0}},
        "limit": {"context": 100_000, "output": 8000},
        "status": "active",
        "options": {},
        "headers": {},
        "release_date": "",
        "variants": {},
    });
    json!({
        "id": "test",
        "name": "Test",
        "source": "config",
        "env": [],
        "options": {},
        "models": {"test-1": model},
    })
}
