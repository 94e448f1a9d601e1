//! Which operations answer a call.

use super::op::Op;
use super::record::AnsweredBy;
use super::request::ChatRequest;
use super::script::ModelScript;
use super::state::State;

/// Words of the server's prompt for a session title.
const TITLE_MARK: &str = "title generator";
/// Words of the server's prompts for a summary, in the system text or the last user message.
const SUMMARY_MARKS: [&str; 5] = [
    "anchored context summarization",
    "summarizing conversation",
    "provide a detailed prompt for continuing",
    "create a new anchored summary",
    "update the anchored summary",
];

/// An answer that was chosen.
pub(super) struct Choice {
    pub(super) answered_by: AnsweredBy,
    pub(super) ops: Vec<Op>,
    /// Calls of one session with the same key are attempts at the same answer.
    pub(super) key: String,
}

/// The first of these that applies: title, summary, queue, script in the prompt, fallback.
pub(super) fn choose(state: &mut State, request: &ChatRequest) -> Choice {
    let system = request.system_text().to_lowercase();
    if system.contains(TITLE_MARK) {
        return Choice::new(AnsweredBy::Title, state.title.clone(), request);
    }
    if is_summary(&system, request) {
        let mut summary = state.summary.clone();
        // The prompts that mention the session are not sent again.
        if let Some(session_id) = request.session_id.as_deref().filter(|_| request.is_mentioned) {
            summary.push(Op::text(format!(" ({session_id})")));
        }
        return Choice::new(AnsweredBy::Summary, summary, request);
    }
    if let Some(ops) = next_queued(state, request) {
        return Choice::new(AnsweredBy::Queue, ops, request);
    }
    scripted(request)
        .unwrap_or_else(|| Choice::new(AnsweredBy::Default, state.fallback.ops(request), request))
}

impl Choice {
    /// Retries of a call carry the same number of messages, so that number is the key.
    fn new(answered_by: AnsweredBy, ops: Vec<Op>, request: &ChatRequest) -> Self {
        let key = format!("{answered_by:?}#{}", request.messages.len());
        Self { answered_by, ops, key }
    }
}

fn is_summary(system: &str, request: &ChatRequest) -> bool {
    let last = request.last_user().map(|index| request.text_at(index).to_lowercase()).unwrap_or_default();
    SUMMARY_MARKS.iter().any(|mark| system.contains(mark) || last.contains(mark))
}

/// The session's own queue goes before the one for all.
fn next_queued(state: &mut State, request: &ChatRequest) -> Option<Vec<Op>> {
    [request.session_id.clone(), None].iter().find_map(|key| state.queues.get_mut(key)?.pop_front())
}

fn scripted(request: &ChatRequest) -> Option<Choice> {
    let last_user = request.last_user()?;
    // A synthetic message, as after a compaction, must not end the script before it.
    for index in (0..=last_user).rev() {
        if request.role_at(index) != "user" {
            continue;
        }
        let script = match ModelScript::find_in(&request.text_at(index)) {
            Ok(None) => continue,
            Ok(Some(script)) => script,
            Err(error) => return Some(bad_script(&error, request)),
        };
        let step = request.assistants_after(index);
        let mut steps = script.into_steps();
        return if step < steps.len() {
            let ops = steps.swap_remove(step);
            Some(Choice::new(AnsweredBy::Script { step }, ops, request))
        } else if index == last_user {
            let text = format!("(the script has no step {step})");
            let exhausted = AnsweredBy::ScriptExhausted { step };
            Some(Choice::new(exhausted, vec![Op::text(text)], request))
        } else {
            // A later prompt without a script: the old one has nothing to say to it.
            None
        };
    }
    None
}

/// Status 400 is not retried, so the mistake ends the turn and is seen in the test at once.
fn bad_script(error: &super::script::ScriptError, request: &ChatRequest) -> Choice {
    use std::error::Error as _;
    let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
    let body = serde_json::json!({ "error": {
        "message": format!("{error}{cause}"),
        "type": "bad_script",
    } });
    let op = Op::status(400).with_body(body);
    Choice::new(AnsweredBy::BadScript, vec![op], request)
}
