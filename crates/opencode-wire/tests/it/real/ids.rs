//! Message ids from clocks that are wrong.
//!
//! An id from a clock that is behind makes a new prompt look older than the answer before it, and one from a clock that
//! is ahead makes the answer look older than its prompt. Ours come from the server's clock, which its events reveal.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::ids::{AscendingClock, Clock, MessageId, SystemClock};
use opencode_wire::turn::Ending;
use serde_json::json;

use super::rig::{self, Rig};

const HOUR: i64 = 3_600_000;

/// A clock that is wrong by some milliseconds.
#[derive(Debug)]
struct Wrong(i64);

impl Clock for Wrong {
    fn unix_millis(&self) -> u64 {
        SystemClock.unix_millis().saturating_add_signed(self.0)
    }
}

fn minted(by: i64) -> MessageId {
    let mut bits = 7;
    MessageId::ascending(&AscendingClock::new(Wrong(by)), &mut || {
        bits += 1;
        bits
    })
}

#[tokio::test]
async fn an_id_of_ours_sorts_between_those_of_the_server() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let mut ids = Vec::new();
    for word in ["One.", "Two.", "Three."] {
        let outcome = rig::run(&session, ModelScript::new().step([Op::text(word)])).await;
        assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, word));
        ids.push(outcome.reply.message_id().clone());
        ids.extend(outcome.reply.messages().into_iter().map(|message| message.id.clone()));
    }
    assert_eq!(ids.len(), 6);
    assert!(ids.is_sorted(), "{ids:?}");
}

/// A prompt that looks older than the answer before it is answered all the same, by servers of this version.
#[tokio::test]
async fn an_id_from_an_hour_ago_is_answered() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let before = rig::run(&session, ModelScript::new().step([Op::text("Before.")])).await;
    assert_eq!(before.ending, Ending::Completed);
    let prompt =
        rig::prompt(&session, &ModelScript::new().step([Op::text("Late.")])).with_message_id(minted(-HOUR));
    let outcome = rig::outcome(session.prompt(prompt).await.unwrap()).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Late."));
    assert_eq!(rig.requests_of(&session).len(), 2);
    let again = rig::outcome(session.attach(outcome.reply.message_id().clone()).await.unwrap()).await;
    assert_eq!((again.ending, again.reply.text().as_str()), (Ending::Completed, "Late."));
}

/// A prompt that looks newer than its own answer is answered once, by servers of this version; older ones went by the
/// ids and answered it again and again. The answer is found by what it answers and not by where it stands.
#[tokio::test]
async fn an_id_from_the_next_hour_is_answered_once() {
    // Alone: a server that answers it without end has no time for anybody else.
    let Some(rig) = Rig::start(|builder| builder).await else { return };
    let session = rig.trusted_session().await;
    let script = ModelScript::new()
        .step([Op::tool("bash", json!({ "command": "echo hi", "description": "Says hi" }))])
        .step([Op::text("Early.")]);
    let prompt = rig::prompt(&session, &script).with_message_id(minted(HOUR));
    let outcome = rig::outcome(session.prompt(prompt).await.unwrap()).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Early."));
    assert_eq!(rig.requests_of(&session).len(), 2);
    let elsewhere = rig.client().session(session.id().clone());
    let again = rig::outcome(elsewhere.attach(outcome.reply.message_id().clone()).await.unwrap()).await;
    assert_eq!((again.ending, again.reply.text().as_str()), (Ending::Completed, "Early."));
    assert_eq!(again.reply.usage(), outcome.reply.usage());
    let next = rig::run(&session, ModelScript::new().step([Op::text("After.")])).await;
    assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "After."));
}
