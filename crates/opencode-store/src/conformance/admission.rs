//! Cases about prompts that become turns.

use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{admission, json, message_id, refused, subject, unique};
use crate::error::ErrorKind;
use crate::turn::{Admission, Delivery, TurnId, TurnState};

/// An admitted turn is stored with everything that was said of it, and is found by number and by message id.
pub async fn an_admitted_turn_is_stored(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let admission = admission(&subject(), Delivery::Steer).with_idempotency_key("request-1");
    let admitted = turns.admit(&admission).await.unwrap();
    let turn = admitted.turn.clone();
    assert!(!admitted.repeated);
    assert_eq!((turn.state, turn.delivery, turn.attempt), (TurnState::Ready, Delivery::Steer, 0));
    assert_eq!(
        (&turn.message_id, turn.idempotency_key.as_deref()),
        (&admission.message_id, Some("request-1"))
    );
    assert_eq!(turn.admitted_at.as_millisecond(), fixture.unix_millis());
    assert_eq!((turn.owner.as_deref(), turn.lease_until, turn.joined_to), (None, None, None));
    assert_eq!((turn.started_at, turn.prompted_at, turn.ended_at), (None, None, None));
    assert_eq!((turn.stop, &turn.end), (None, &None));

    let other = fixture.other().turns();
    assert_eq!(other.turn(turn.id).await.unwrap().as_ref(), Some(&turn));
    assert_eq!(other.turn_by_message(&turn.message_id).await.unwrap().as_ref(), Some(&turn));
    let session =
        fixture.other().sessions().session(&admission.subject).await.unwrap().expect("a row was made");
    assert_eq!(session.id, turn.session);
}

/// What was never admitted is nowhere.
pub async fn an_unknown_turn_is_none(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let id = TurnId::new(i64::MAX);
    assert_eq!(turns.turn(id).await.unwrap(), None);
    assert_eq!(turns.prompt(id).await.unwrap(), None);
    assert_eq!(turns.turn_by_message(&message_id()).await.unwrap(), None);
}

/// G03: the same key and payload gives the first turn as it is by now, also after it has ended; the same key with
/// another payload is a conflict that names it.
pub async fn g03_admission_is_idempotent(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let first = admission(&subject, Delivery::Queue).with_idempotency_key("request-1");
    let turn = turns.admit(&first).await.unwrap().turn;
    // Whoever tries again has minted another message id.
    let again = Admission { message_id: message_id(), ..first.clone() };
    let other_prompt = Admission { prompt: json("Explain functors."), ..again.clone() };
    let other_delivery = again.clone().with_delivery(Delivery::Steer);
    let mut expected = turn.clone();
    for ended in [false, true] {
        if ended {
            let claim = fixture.claim().await.expect("it is ready");
            expected = fixture.finish(&claim.lease).await.turn;
        }
        let receipt = turns.admit(&again).await.unwrap();
        assert!(receipt.repeated);
        assert_eq!(receipt.turn, expected, "the first one, with its message id");
        for conflicting in [&other_prompt, &other_delivery] {
            let error = refused(turns.admit(conflicting).await, ErrorKind::Conflict);
            assert_eq!(error.turn(), Some(turn.id));
        }
    }
    assert_eq!(turns.turn_by_message(&again.message_id).await.unwrap(), None);
    let elsewhere = Admission { subject: self::subject(), ..again };
    assert!(!turns.admit(&elsewhere).await.unwrap().repeated, "a key is a key within its subject");
}

/// Without a key, the message id is the key.
pub async fn the_message_id_is_a_key(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let first = admission(&subject(), Delivery::Queue);
    let turn = turns.admit(&first).await.unwrap().turn;
    let receipt = turns.admit(&first).await.unwrap();
    assert_eq!((receipt.repeated, receipt.turn.id), (true, turn.id));
    let other = Admission { prompt: json("Explain functors."), ..first };
    let error = refused(turns.admit(&other).await, ErrorKind::Conflict);
    assert_eq!(error.turn(), Some(turn.id));
}

/// G03: any number who admit the same at once get the receipt of one turn.
pub async fn g03_racing_admissions_converge(fixture: &Fixture) {
    let subject = subject();
    let receipts = race(32, |racer| {
        let store = fixture.handle(racer);
        let admission = admission(&subject, Delivery::Queue).with_idempotency_key("request-1");
        async move { store.turns().admit(&admission).await.unwrap() }
    })
    .await;
    let first: Vec<_> = receipts.iter().filter(|receipt| !receipt.repeated).collect();
    assert_eq!(first.len(), 1, "one of them admitted it");
    assert!(receipts.iter().all(|receipt| receipt.turn == first[0].turn));
}

/// Of any number who use the same key for different prompts, one is admitted, and the others are told which.
pub async fn racing_payloads_conflict(fixture: &Fixture) {
    let subject = subject();
    let results = race(32, |racer| {
        let store = fixture.handle(racer);
        let admission = admission(&subject, Delivery::Queue).with_idempotency_key("request-1");
        let admission = Admission { prompt: json(&racer), ..admission };
        async move { store.turns().admit(&admission).await }
    })
    .await;
    let (admitted, refusals): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    let [Ok(admitted)] = &admitted[..] else { panic!("not one was admitted: {admitted:?}") };
    for refusal in refusals {
        assert_eq!(refused(refusal, ErrorKind::Conflict).turn(), Some(admitted.turn.id));
    }
}

/// A turn that would have to wait and may not is refused, names the turn in its way, and leaves nothing.
pub async fn a_rejecting_turn_is_refused_by_a_busy_session(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let rejecting = admission(&subject, Delivery::Reject);
    let head = fixture.admit(&subject, Delivery::Queue).await;
    for claimed in [false, true] {
        let lease = if claimed { fixture.claim().await.map(|claim| claim.lease) } else { None };
        let error = refused(turns.admit(&rejecting).await, ErrorKind::Busy);
        assert_eq!(error.turn(), Some(head.id));
        if let Some(lease) = lease {
            fixture.finish(&lease).await;
        }
    }
    assert_eq!(turns.turn_by_message(&rejecting.message_id).await.unwrap(), None);
    let admitted = turns.admit(&rejecting).await.unwrap();
    assert_eq!((admitted.repeated, admitted.turn.state), (false, TurnState::Ready));
    assert!(turns.admit(&rejecting).await.unwrap().repeated, "it is not in its own way");
}

/// Of any number who reject in an idle session, one is admitted, and is in the way of the others.
pub async fn one_of_many_rejecting_turns_is_admitted(fixture: &Fixture) {
    let subject = subject();
    let results = race(32, |racer| {
        let (store, admission) = (fixture.handle(racer), admission(&subject, Delivery::Reject));
        async move { store.turns().admit(&admission).await }
    })
    .await;
    let (admitted, refusals): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    let [Ok(admitted)] = &admitted[..] else { panic!("not one was admitted: {admitted:?}") };
    for refusal in refusals {
        assert_eq!(refused(refusal, ErrorKind::Busy).turn(), Some(admitted.turn.id));
    }
}

/// What no database can keep is refused, and leaves nothing.
pub async fn invalid_keys_are_refused(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let valid = admission(&subject, Delivery::Queue);
    for text in ["", "a\0b", &"k".repeat(513)] {
        let bad_key = valid.clone().with_idempotency_key(text);
        refused(turns.admit(&bad_key).await, ErrorKind::InvalidInput);
        let message_id = opencode_wire::ids::MessageId::from_wire(text);
        let bad_message = Admission { message_id, ..valid.clone() };
        refused(turns.admit(&bad_message).await, ErrorKind::InvalidInput);
    }
    assert_eq!(fixture.store().sessions().session(&subject).await.unwrap(), None);
    turns.admit(&valid.with_idempotency_key("k".repeat(512))).await.unwrap();
}

/// Prompts come back byte for byte: long ones, other scripts, and what only looks like a NUL.
pub async fn prompts_round_trip(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let texts = [
        unique("x").repeat(1 << 15),
        "Größe 😀 \u{202e}नमस्ते \\ ' \" ; --".to_owned(),
        "a\0b\u{1f}\u{7f}".to_owned(),
    ];
    for text in texts {
        // Two spaces and a number that a parser would write in another way.
        let raw = format!("{{\"text\":  {}, \"n\": 1.50}}", serde_json::to_string(&text).unwrap());
        let prompt = json(&serde_json::value::RawValue::from_string(raw.clone()).unwrap());
        let admission = Admission { prompt, ..admission(&subject(), Delivery::Queue) };
        let turn = turns.admit(&admission).await.unwrap().turn;
        assert_eq!(fixture.other().turns().prompt(turn.id).await.unwrap().unwrap().as_str(), raw);
        assert_eq!(fixture.claim().await.unwrap().prompt.as_str(), raw);
    }
}
