//! What the real server makes of rules: an update of it that changes this is noticed here.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opencode_orchestrate::rules::{Rules, Verdict};
use opencode_testkit::model::{Model, ModelScript, Op};
use opencode_testkit::real::RealServer;
use opencode_wire::Client;
use opencode_wire::api::CreateSession;
use opencode_wire::drive::Decision;
use opencode_wire::model::{PermissionAction, PermissionRequest, PermissionRule, ToolPart, ToolStatus};
use opencode_wire::reply::{Blocker, ReplyPart};
use serde_json::{Value, json};

use crate::rules::{FACTS, request};

/// A turn that takes longer hangs.
const HANGS_AFTER: Duration = Duration::from_secs(120);

const ASK: PermissionAction = PermissionAction::Ask;
const DENY: PermissionAction = PermissionAction::Deny;

struct Rig {
    server: RealServer,
    _model: Model,
    client: Client,
}

/// What one turn came to.
struct Seen {
    /// What was asked.
    requests: Vec<PermissionRequest>,
    /// The calls as they ended.
    calls: Vec<ToolPart>,
}

impl Rig {
    /// A server whose project is a repository.
    async fn start() -> Option<Self> {
        let model = Model::start().await;
        let server = RealServer::builder().git(true).model_url(model.url()).start_or_skip().await?;
        let password = server.password().expect("servers of tests have a password");
        let client = Client::builder().base_url(server.url()).password(password).build().unwrap();
        Some(Self { server, _model: model, client })
    }

    /// Makes calls one after the other in a session with rules, and gives one answer to whatever is asked.
    async fn call(&self, rules: &[PermissionRule], calls: &[(&str, Value)], answer: Decision) -> Seen {
        Box::pin(call(&self.client, rules, calls, answer)).await
    }

    /// What is asked about a search for each of these texts: `grep` asks about any text as it is.
    async fn searched(&self, rules: &[PermissionRule], texts: &[&str]) -> Vec<String> {
        let calls: Vec<_> = texts.iter().map(|text| ("grep", json!({ "pattern": text }))).collect();
        let seen = self.call(rules, &calls, refusal()).await;
        assert_eq!(seen.calls.len(), calls.len(), "{rules:?}");
        let is_refused = |call: &ToolPart| call.state.status == ToolStatus::Error;
        assert!(seen.calls.iter().all(is_refused), "something is searched: {:?}", seen.calls);
        seen.requests.into_iter().flat_map(|request| request.patterns).collect()
    }
}

async fn call(client: &Client, rules: &[PermissionRule], calls: &[(&str, Value)], answer: Decision) -> Seen {
    let session = CreateSession::from("a test").with_permission(rules.to_vec());
    let session = client.sessions().create(session).await.unwrap();
    let steps = calls.iter().map(|(tool, input)| Op::tool(*tool, input.clone()));
    let script = steps.fold(ModelScript::new(), |script, call| script.step([call]));
    let script = script.step([Op::text("That was all.")]).to_prompt("Please go.");
    let requests = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&requests);
    let decide = move |blocker| {
        let Blocker::Permission(request) = blocker else { panic!("{blocker:?}") };
        heard.lock().unwrap().push(request);
        std::future::ready(answer.clone())
    };
    let turn = session.prompt(script).on_blocker(decide).await.unwrap();
    let outcome = tokio::time::timeout(HANGS_AFTER, turn.outcome()).await.expect("the turn hangs");
    let calls = outcome.reply.tools().filter_map(ReplyPart::tool).cloned().collect();
    let requests = requests.lock().unwrap().clone();
    Seen { requests, calls }
}

/// A refusal after which the turn goes on.
fn refusal() -> Decision {
    Decision::reject_because("not in a test")
}

fn rule(permission: &str, pattern: &str, action: PermissionAction) -> PermissionRule {
    PermissionRule::new(permission, pattern, action)
}

fn bash(command: &str) -> (&'static str, Value) {
    ("bash", json!({ "command": command, "description": "Runs it" }))
}

fn write(path: impl AsRef<std::path::Path>) -> (&'static str, Value) {
    ("write", json!({ "filePath": path.as_ref(), "content": "x" }))
}

#[tokio::test]
async fn wildcards_match_what_our_table_says() {
    let Some(rig) = Rig::start().await else { return };
    for (pattern, matched, others) in FACTS {
        let texts = [matched, others].concat();
        let rules = [rule("grep", "*", DENY), rule("grep", pattern, ASK)];
        assert_eq!(rig.searched(&rules, &texts).await, matched, "{pattern:?}");
    }
    // What a rule is about is a pattern too.
    for (permission, matches) in
        [("gr*", true), ("????", true), ("grep *", true), ("GREP", false), ("gre", false)]
    {
        let rules = [rule("grep", "a", DENY), rule(permission, "a", ASK)];
        assert_eq!(!rig.searched(&rules, &["a"]).await.is_empty(), matches, "{permission:?}");
        let rules = Rules::deny_all().ask(permission);
        assert_eq!(rules.decide(&request("grep", &["a"])) == Verdict::Ask, matches, "{permission:?}");
    }
    let rules = [rule("grep", "*", DENY), rule("grep", "a*", ASK), rule("grep", "ab", DENY)];
    assert_eq!(rig.searched(&rules, &["a", "ab", "abc", "b"]).await, ["a", "abc"], "the last one counts");
}

/// Each command of a line is a pattern of its own, with what is written beside it to redirect it.
#[tokio::test]
async fn a_command_line_asks_about_each_of_its_commands() {
    let Some(rig) = Rig::start().await else { return };
    let lines: [(&str, &[&str], &[&str]); 11] = [
        ("git status --short", &["git status --short"], &["git status *"]),
        ("  echo   a  ", &["echo   a"], &["echo *"]),
        ("echo a && true b", &["echo a", "true b"], &["echo *", "true *"]),
        ("echo a\necho b", &["echo a", "echo b"], &["echo *"]),
        ("echo a; echo b | cat", &["echo a", "echo b", "cat"], &["echo *", "cat *"]),
        ("echo 'a\nb'", &["echo 'a\nb'"], &["echo *"]),
        ("(echo a)", &["echo a"], &["echo *"]),
        ("echo $(whoami)", &["echo $(whoami)", "whoami"], &["echo *", "whoami *"]),
        ("A=1 echo a", &["A=1 echo a"], &["echo *"]),
        ("echo a > a.txt", &["echo a > a.txt"], &["echo *"]),
        ("npm run dev", &["npm run dev"], &["npm run dev *"]),
    ];
    let calls: Vec<_> = lines.iter().map(|(line, ..)| bash(line)).collect();
    let seen = rig.call(&[rule("bash", "*", ASK)], &calls, refusal()).await;
    assert_eq!(seen.requests.len(), lines.len());
    for (request, (line, patterns, always)) in seen.requests.iter().zip(lines) {
        assert_eq!(
            (request.patterns.as_slice(), request.permission.as_str()),
            (&*patterns_of(patterns), "bash"),
            "{line}"
        );
        assert_eq!(request.always, always, "{line}");
    }
    // One command that is denied denies all; what has no command in it is run without asking.
    let rules = [rule("bash", "*", DENY), rule("bash", "echo *", ASK)];
    let calls = [bash("echo a && true"), bash("echo a && echo b"), bash("A=1"), bash("# nothing")];
    let seen = rig.call(&rules, &calls, refusal()).await;
    let asked: Vec<_> = seen.requests.iter().map(|request| request.patterns.as_slice()).collect();
    assert_eq!(asked, [["echo a", "echo b"]]);
    let run: Vec<_> = seen.calls.iter().map(|call| call.state.status == ToolStatus::Completed).collect();
    assert_eq!(run, [false, false, true, true]);
}

fn patterns_of(patterns: &[&str]) -> Vec<String> {
    patterns.iter().map(|&pattern| pattern.to_owned()).collect()
}

/// In a repository paths begin at its root, elsewhere at that of the file system.
#[tokio::test]
async fn a_path_is_relative_to_the_repository() {
    let Some(rig) = Rig::start().await else { return };
    let inside = rig.server.directory();
    let rules = [rule("*", "*", ASK), rule("external_directory", "*", PermissionAction::Allow)];
    let outside = tempfile::tempdir().unwrap();
    let calls = [write("src/a.txt"), write(inside.join("src/é.txt")), write(outside.path().join("a.txt"))];
    let seen = rig.call(&rules, &calls, refusal()).await;
    let asked = |seen: &Seen| -> Vec<String> {
        assert!(seen.requests.iter().all(|request| request.permission == "edit"));
        seen.requests.iter().flat_map(|request| request.patterns.clone()).collect()
    };
    let told = asked(&seen);
    assert_eq!(told[..2], ["src/a.txt", "src/é.txt"]);
    assert!(told[2].starts_with("../") && told[2].ends_with("/a.txt"), "{told:?}");

    let client = rig.client.with_directory(outside.path()).unwrap();
    let seen = Box::pin(call(&client, &rules, &[write("src/a.txt")], refusal())).await;
    let from_root = outside.path().join("src/a.txt");
    assert_eq!(asked(&seen), [from_root.strip_prefix("/").unwrap().to_str().unwrap()]);
}

/// What is decided here, and what the server decides by the same rules.
#[tokio::test]
async fn a_session_with_our_rules_decides_as_we_do() {
    let Some(rig) = Rig::start().await else { return };
    let rules = Rules::deny_all()
        .ask("bash")
        .allow_only("bash", "true *")
        .deny_because("bash", "true never *", "Never.")
        .allow_only("w*", "*");
    let lines = ["true", "true a", "true never", "false", "true && false", "true && true never b"];
    for line in lines {
        let seen = rig.call(&rules.to_session_rules(), &[bash(line)], refusal()).await;
        let told = match (seen.requests.len(), &seen.calls[0].state.status) {
            (1, ToolStatus::Error) => Verdict::Ask,
            (0, ToolStatus::Error) => Verdict::Deny { message: Some("Never.".to_owned()) },
            (0, ToolStatus::Completed) => Verdict::Allow,
            other => panic!("{line}: {other:?}"),
        };
        let commands: Vec<_> = line.split(" && ").collect();
        assert_eq!(rules.decide(&request("bash", &commands)), told, "{line}");
    }
    // What is denied as a whole is not there.
    let seen = rig.call(&rules.to_session_rules(), &[("grep", json!({ "pattern": "a" }))], refusal()).await;
    let error = seen.calls[0].state.error.clone().unwrap();
    assert!(error.contains("unavailable tool"), "{error}");
}

#[tokio::test]
async fn an_answer_of_always_counts_more_than_a_rule() {
    let Some(rig) = Rig::start().await else { return };
    let rules = [rule("bash", "*", ASK)];
    let seen = rig.call(&rules, &[bash("true a"), bash("true b")], Decision::AllowAlways).await;
    assert_eq!((seen.requests.len(), seen.requests[0].always.as_slice()), (1, &["true *".to_owned()][..]));
    let rules = [rule("bash", "*", ASK), rule("bash", "true *", DENY)];
    let seen = rig.call(&rules, &[bash("true c")], refusal()).await;
    assert_eq!((seen.requests.len(), &seen.calls[0].state.status), (0, &ToolStatus::Completed));
}

/// A sub-agent gets the denials of the session that started it, and nothing else of its rules.
#[tokio::test]
async fn a_sub_agent_gets_the_denials_alone() {
    let Some(rig) = super::rig::Rig::start().await else { return };
    for (rules, inherited) in [
        (Rules::deny_all().allow("task"), vec![("*", "deny")]),
        (Rules::deny_all().allow("*").ask("bash").deny("edit"), vec![("edit", "deny")]),
    ] {
        let create = CreateSession::from("a test").with_permission(rules.to_session_rules());
        let session = rig.client().sessions().create(create).await.unwrap();
        let inner = ModelScript::new().step([Op::text("Said.")]);
        let task = json!({
            "description": "A small task",
            "prompt": inner.to_prompt("Please do this."),
            "subagent_type": "general",
        });
        let script = ModelScript::new().step([Op::tool("task", task)]).step([Op::text("Done.")]);
        let outcome = session.prompt(script.to_prompt("Go.")).await.unwrap().outcome().await;
        assert_eq!(outcome.reply.text(), "Done.");
        let child = session.children().await.unwrap().remove(0);
        let mut rules: Vec<_> = child.permission.unwrap().into_iter().collect();
        // A sub-agent of this kind starts no others.
        rules.retain(|rule| rule.permission != "task");
        let told: Vec<_> =
            rules.iter().map(|rule| (rule.permission.as_str(), rule.action.as_str())).collect();
        assert_eq!(told, inherited);
    }
}
