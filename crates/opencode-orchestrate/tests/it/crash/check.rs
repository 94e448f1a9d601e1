//! What must be so when a turn has ended, however it was disturbed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::upstream::ClientUpstream;
use opencode_store::reply::UsageOf;
use opencode_store::session::Sessions;
use opencode_store::turn::{EndKind, TurnEnd};
use opencode_testkit::model::AnsweredBy;
use opencode_wire::api::{ListMessages, ListSessions};
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::model::Message;

use super::column::Column;
use super::places::{Host, Place};
use super::scene::Scene;
use super::script::{STEPS, answer};
use crate::race::open_afterwards;

/// How a turn ended, by what the store says and by what the server has.
#[derive(Debug)]
struct Told {
    end: TurnEnd,
    /// The text that is stored.
    text: String,
    /// How many steps are counted.
    steps: u64,
    /// How often the prompt came to the server.
    prompts: usize,
    /// What the server has of the answer.
    answer: Answer,
    /// Whether the server still works on it.
    is_busy: bool,
}

/// What a server has of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Nothing,
    Begun,
    Whole,
}

/// Looks at a turn that has ended, and says how; or what is wrong.
pub(super) async fn check(scene: &Scene, place: &Place, column: Column) -> Result<EndKind, String> {
    let told = told(scene).await?;
    let kind = told.end.kind;
    let wrong = wrong(&told, column).or(swept(scene, place).await);
    wrong.map_or(Ok(kind), |wrong| Err(format!("{wrong}: {told:?}")))
}

fn wrong(told: &Told, column: Column) -> Option<&'static str> {
    let is_completed = told.end.kind == EndKind::Completed;
    let prompts = if column.is_stopped() { 0..=1 } else { 1..=1 };
    if !prompts.contains(&told.prompts) {
        return Some(if told.prompts == 0 { "never prompted" } else { "prompted twice" });
    }
    if told.is_busy {
        return Some("the server still works on it");
    }
    if is_completed && (told.text != answer() || told.steps != STEPS) {
        return Some("completed, and not stored whole");
    }
    if !answer().starts_with(told.text.trim_end()) {
        return Some("something is stored that was never said");
    }
    let is_right = match told.end.kind {
        EndKind::Completed => told.answer == Answer::Whole && !column.is_stopped(),
        EndKind::Cancelled => told.answer != Answer::Whole && column.is_stopped(),
        EndKind::Lost => told.answer == Answer::Begun && !column.spares_the_server(),
        // The server was killed between taking the prompt and beginning with it; or before anybody had heard that it has
        // begun, and on a busy machine the limit passes before it is back.
        EndKind::Limit => told.answer != Answer::Whole && told.text.is_empty() && !column.spares_the_server(),
        _ => false,
    };
    (!is_right).then_some("a wrong end")
}

async fn told(scene: &Scene) -> Result<Told, String> {
    let turn = scene.store.turns().turn(scene.turn).await.unwrap().expect("turns stay");
    let end = turn.end.ok_or("the turn has not ended")?;
    let text = scene.text().await;
    let steps = scene.store.replies().usage(&UsageOf::Turn(scene.turn)).await.unwrap().steps;
    let Some(session) = bound(scene).await else {
        return Ok(Told { end, text, steps, prompts: 0, answer: Answer::Nothing, is_busy: false });
    };
    let is_busy = scene.client.sessions().status().await.unwrap().contains_key(&session);
    let messages = messages(scene, &session).await;
    let prompts = prompts(scene, &session, &messages);
    Ok(Told { end, text, steps, prompts, answer: answer_in(&messages, &scene.message_id), is_busy })
}

/// The session that the turn was carried out in.
async fn bound(scene: &Scene) -> Option<SessionId> {
    scene.store.sessions().session(&scene.subject).await.unwrap().and_then(|session| session.upstream_id)
}

fn prompts(scene: &Scene, session: &SessionId, messages: &[Message]) -> usize {
    match &*scene.host {
        Host::Scripted(server) => {
            let prompts = server.requests_to("POST", "/session/:id/prompt_async");
            prompts.iter().filter(|prompt| prompt.body["messageID"] == scene.message_id.as_str()).count()
        }
        // A prompt that comes twice makes the server ask the model twice for the same step.
        Host::Real { model, .. } => {
            let mut asked: BTreeMap<usize, usize> = BTreeMap::new();
            for request in model.requests() {
                if request.session_id.as_deref() == Some(session.as_str()) {
                    let AnsweredBy::Script { step } = request.answered_by else { return usize::MAX };
                    *asked.entry(step).or_default() += 1;
                }
            }
            // It may have been killed before it asked.
            let stored = messages.iter().filter(|message| message.id == scene.message_id).count();
            asked.into_values().max().unwrap_or_default().max(stored)
        }
    }
}

async fn messages(scene: &Scene, session: &SessionId) -> Vec<Message> {
    let list = ListMessages::default().with_limit(100);
    let page = scene.client.session(session.clone()).list_messages(&list).await.unwrap();
    page.messages.into_iter().map(|message| message.info).collect()
}

/// What the server has of the answer to the one prompt.
fn answer_in(messages: &[Message], prompt: &MessageId) -> Answer {
    let last = messages.iter().rfind(|message| message.parent_id.as_ref() == Some(prompt));
    let is_whole = last.is_some_and(|last| last.is_completed() && last.finish.as_deref() == Some("stop"));
    match last {
        None => Answer::Nothing,
        Some(last) if is_whole && last.error.is_none() => Answer::Whole,
        Some(_) => Answer::Begun,
    }
}

/// Sweeps, and looks for sessions that belong to nobody.
async fn swept(scene: &Scene, place: &Place) -> Option<&'static str> {
    let store = open_afterwards(place.url()).await;
    let upstream = Arc::new(ClientUpstream::new(scene.client.clone()));
    let sessions = Sessions::new(store.sessions(), upstream).with_grace(Duration::ZERO);
    if sessions.sweep().await.unwrap().failed > 0 {
        return Some("a session could not be swept");
    }
    let listed = scene.client.sessions().list(&ListSessions::default().with_limit(1000)).await.unwrap();
    let left = listed.into_iter().filter(|session| session.title == scene.name).map(|session| session.id);
    let left: Vec<SessionId> = left.collect();
    let bound: Vec<SessionId> = bound(scene).await.into_iter().collect();
    (left != bound).then_some("sessions are left that belong to nobody")
}
