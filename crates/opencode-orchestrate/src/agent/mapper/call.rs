//! A tool call of OpenCode in the words of any agent.

use opencode_wire::ids::SessionId;
use opencode_wire::model::{Json, ToolPart, ToolStatus};
use opencode_wire::reply::{Reply, ReplyPart};
use serde_json::Value;

use super::outbox::Outbox;
use crate::agent::{AgentEventKind, CallStatus, ToolKind, ToolSnapshot};
use crate::display::ToolDisplay;

/// A call as it is now.
pub(super) fn snapshot(part: &ReplyPart, tool: &ToolPart) -> ToolSnapshot {
    let display = ToolDisplay::new(tool);
    let status = match &tool.state.status {
        ToolStatus::Pending => CallStatus::Pending,
        ToolStatus::Completed => CallStatus::Completed,
        ToolStatus::Error => CallStatus::Failed,
        _ => CallStatus::InProgress,
    };
    let output = if status.is_terminal() { display.output() } else { display.command_output() };
    let input = tool.state.input.as_ref();
    // The server writes an empty object until the model has written what it calls the tool with.
    let is_known = |input: &&Json| status != CallStatus::Pending || !input.is_blank();
    ToolSnapshot {
        id: part.part.id.to_string(),
        call_id: tool.call_id.to_string(),
        tool: display.name().to_owned(),
        title: display.title(),
        kind: ToolKind::of(display.canonical_name()),
        status,
        input: input.filter(is_known).map(Json::to_value).unwrap_or_default(),
        output: output.map(str::to_owned),
        error: display.error().map(str::to_owned),
    }
}

/// A sub-agent has begun to work.
pub(super) fn started(id: &SessionId, parent: &SessionId, reply: &Reply, out: &Outbox) -> AgentEventKind {
    let called = starter(id, parent, reply);
    let title = reply.sessions().iter().find(|session| session.id == *id).map(|session| &session.title);
    let (title, named) = split_title(title.map_or("", String::as_str));
    let asked = called.and_then(|(_, tool)| {
        let input = tool.state.input.as_ref()?.to_value();
        input.get("subagent_type").and_then(Value::as_str).map(str::to_owned)
    });
    AgentEventKind::SubAgentStarted {
        parent: out.origin(parent),
        agent: asked.or_else(|| named.map(str::to_owned)),
        title: title.to_owned(),
        call: called.map(|(part, _)| part.part.id.to_string()),
    }
}

/// The call that has started a sub-agent: the one that says so, or the only one that can have.
fn starter<'a>(
    id: &SessionId,
    parent: &SessionId,
    reply: &'a Reply,
) -> Option<(&'a ReplyPart, &'a ToolPart)> {
    let calls = reply.parts_of(parent).into_iter().filter_map(|part| Some((part, part.tool()?)));
    let tasks: Vec<_> = calls.filter(|(_, tool)| tool.tool == "task").collect();
    if let Some(told) = tasks.iter().find(|(_, tool)| tool.child_session().as_ref() == Some(id)) {
        return Some(*told);
    }
    let is_open = |tool: &ToolPart| !tool.state.status.is_terminal() && tool.child_session().is_none();
    let mut open = tasks.into_iter().filter(|(_, tool)| is_open(tool));
    open.next().filter(|_| open.next().is_none())
}

/// The server calls a sub-agent's session `Look things up (@general subagent)`.
fn split_title(title: &str) -> (&str, Option<&str>) {
    let split = title.strip_suffix(" subagent)").and_then(|rest| rest.rsplit_once(" (@"));
    split.map_or((title, None), |(title, agent)| (title, Some(agent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_the_agent() {
        assert_eq!(split_title("Look up (@here) (@general subagent)"), ("Look up (@here)", Some("general")));
        for title in ["", "Look up", "Look up (@general)", "general subagent)"] {
            assert_eq!(split_title(title), (title, None));
        }
    }
}
