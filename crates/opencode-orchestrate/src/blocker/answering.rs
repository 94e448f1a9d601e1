//! Answering from any process.

use opencode_store::blocker::Answered;
use opencode_store::turn::TurnId;
use opencode_store::{Error, ErrorKind, Result, Store};
use opencode_wire::model::Json;

use super::Answer;

/// Answers what an agent asks, from any process that has the store: whoever works on the turn is woken and tells the
/// server.
///
/// `by` says who answers. An answer that comes too late, because somebody has answered otherwise or nobody waits any
/// more, is [`Answered::TooLate`]; the same one by the same person once more is [`Answered::Repeated`].
///
/// # Errors
///
/// [`NotFound`](ErrorKind::NotFound) when the turn has no such request, and as [`Answer::check`] says; then nothing is
/// stored.
///
/// # Cancel safety
///
/// When the future is dropped, the answer may have been stored. Calling again with the same says so.
pub async fn answer(
    store: &Store,
    turn: TurnId,
    request_id: &str,
    answer: &Answer,
    by: &str,
) -> Result<Answered> {
    let blockers = store.blockers();
    let records = blockers.blockers(turn).await?;
    let record = records.iter().find(|record| record.request.request_id == request_id).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("turn {turn} has no request {request_id:?}")).with_turn(turn)
    })?;
    answer.check(&record.request).map_err(|error| error.with_turn(turn))?;
    let json = Json::from_value(answer).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the answer cannot be written as JSON").with_source(source)
    })?;
    blockers.answer(turn, request_id, &json, by).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use opencode_store::blocker::{BlockerKind, BlockerState, NewBlocker};
    use opencode_store::session::Subject;
    use opencode_store::turn::{Admission, Claim, ClaimRequest};
    use opencode_wire::ids::SessionId;
    use serde_json::json;

    use super::*;

    async fn claimed(store: &Store) -> Claim {
        let subject = Subject::new("acme", "conversation/42").unwrap();
        let admission = Admission::new(subject, "msg_1".parse().unwrap(), Json::from(json!({ "parts": [] })));
        store.turns().admit(&admission).await.unwrap();
        let request = ClaimRequest::new("worker", Duration::from_secs(30));
        store.turns().claim(&request).await.unwrap().expect("a turn is there to be claimed")
    }

    /// Asks what the server asks, and gives the turn.
    async fn asked(store: &Store) -> Claim {
        let claim = claimed(store).await;
        let session: SessionId = "ses_1".parse().unwrap();
        let question = json!({
            "id": "que_1",
            "sessionID": "ses_1",
            "questions": [{ "question": "Which?", "header": "Colour", "options": [], "custom": true }],
        });
        let permission = json!({ "id": "per_1", "sessionID": "ses_1", "permission": "bash", "patterns": ["ls"], "always": ["ls *"] });
        for (id, kind, payload) in
            [("que_1", BlockerKind::Question, question), ("per_1", BlockerKind::Permission, permission)]
        {
            let request = NewBlocker::new(id, session.clone(), kind, Json::from(payload));
            store.blockers().ask(&claim.lease, &request).await.unwrap();
        }
        claim
    }

    #[tokio::test]
    async fn an_answer_is_stored_for_whoever_works_on_the_turn() {
        let store = Store::memory();
        let turn = asked(&store).await.turn.id;
        for (id, given) in [("que_1", Answer::labels(["Größe"])), ("per_1", Answer::reject_because("No."))]
        {
            let answered = answer(&store, turn, id, &given, "ann").await.unwrap();
            let Answered::Accepted(record) = answered else { panic!("not accepted: {answered:?}") };
            assert_eq!((record.state, record.answered_by.as_deref()), (BlockerState::Answered, Some("ann")));
            assert_eq!(Answer::of(&record).unwrap(), Some(given));
        }
    }

    #[tokio::test]
    async fn of_two_answers_the_second_is_too_late_and_a_repetition_is_one() {
        let store = Store::memory();
        let turn = asked(&store).await.turn.id;
        answer(&store, turn, "per_1", &Answer::Once, "ann").await.unwrap();
        let again = answer(&store, turn, "per_1", &Answer::Once, "ann").await.unwrap();
        assert!(matches!(again, Answered::Repeated(_)), "{again:?}");
        let late = answer(&store, turn, "per_1", &Answer::reject(), "ben").await.unwrap();
        let Answered::TooLate(record) = late else { panic!("not too late: {late:?}") };
        assert_eq!(Answer::of(&record).unwrap(), Some(Answer::Once));
    }

    #[tokio::test]
    async fn an_answer_that_nobody_waits_for_is_too_late() {
        let store = Store::memory();
        let claim = asked(&store).await;
        store.blockers().settle(&claim.lease, "per_1", BlockerState::Expired).await.unwrap();
        let late = answer(&store, claim.turn.id, "per_1", &Answer::Once, "ann").await.unwrap();
        assert!(matches!(late, Answered::TooLate(_)), "{late:?}");
    }

    #[tokio::test]
    async fn what_was_not_asked_is_not_found_and_what_does_not_answer_is_not_stored() {
        let store = Store::memory();
        let turn = asked(&store).await.turn.id;
        let error = answer(&store, turn, "per_2", &Answer::Once, "ann").await.unwrap_err();
        assert_eq!((error.kind(), error.turn()), (ErrorKind::NotFound, Some(turn)));
        let error = answer(&store, turn, "que_1", &Answer::Once, "ann").await.unwrap_err();
        assert_eq!((error.kind(), error.turn()), (ErrorKind::InvalidInput, Some(turn)));
        let open = store.blockers().blockers(turn).await.unwrap();
        assert!(open.iter().all(|record| record.state == BlockerState::Open), "{open:?}");
    }
}
