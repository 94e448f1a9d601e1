//! From every earlier version to the present one, with rows of that version.

use opencode_store::Store;
use opencode_store::doctor::Severity;
use opencode_store::reply::UsageOf;
use opencode_store::session::{
    ConfigFingerprint, MintClaim, MintEnd, MintRequest, Minted, SessionPlace, StaleMint,
};
use opencode_store::turn::{TurnId, TurnState};
use opencode_wire::ids::{MessageId, SessionId};

use crate::place::Place;
use crate::steps::{LEASE, append, claimed, completed, subject};

/// What a program of each version could have stored. A database numbers rows from 1.
const ROWS: &[&str] = &[
    "INSERT INTO opencode_sessions (scope, key, agent, upstream_id, status, generation, binding, permissions, \
       directory, mint_token, mint_until, created_at, updated_at) \
     VALUES ('acme', 'old', '', 'ses_old', 'active', 3, 'blue', 'rules', '/blue', NULL, 0, 1, 2);
     INSERT INTO opencode_mints (token, upstream_id, directory, due_at) VALUES ('mint_old', 'ses_stale', '/blue', 5)",
    "INSERT INTO opencode_turns (session_id, scope, idempotency_key, message_id, payload, prompt, delivery, lane, \
       state, owner, attempt, lease_until, started_at, ended_at, end_kind, end_message, admitted_at, pruned_to) \
     VALUES (1, 'acme', 'key_old', 'msg_old', '0', NULL, 'queue', 2, 'ended', 'worker', 1, 9, 2, 3, 'completed', 'done', 1, 0), \
            (1, 'acme', NULL, 'msg_open', '0', '\"Go on.\"', 'queue', 2, 'running', 'worker', 1, 9, 2, NULL, NULL, NULL, 1, 0);
     INSERT INTO opencode_long_prompts VALUES (1, '\"Explain.\"')",
    "INSERT INTO opencode_parts VALUES (1, 'prt_1', 'ses_old', 1, '{\"type\":\"text\"}', 'text');
     INSERT INTO opencode_part_text VALUES (1, 'prt_1', 0, 2, 'He'), (1, 'prt_1', 2, 3, 'llo');
     INSERT INTO opencode_usage VALUES (1, 'prt_2', 1, 'ses_old', 7, 8, 0, 0, 0, 1500000000)",
    "INSERT INTO opencode_events VALUES (1, 1, 'one'), (1, 2, 'two')",
    "INSERT INTO opencode_blockers (turn_id, session_id, scope, request_id, upstream_session, kind, payload, state, asked_at) \
     VALUES (2, 1, 'acme', 'per_1', 'ses_old', 'permission', '{}', 'open', 2)",
    "INSERT INTO opencode_blobs VALUES ('objects/1', 'DIGEST', 5, 'live', 3);
     INSERT INTO opencode_artifacts VALUES (1, 'report.md', 'text/markdown', 5, 'DIGEST', 'objects/1', NULL, 1, 3, 3)",
    "INSERT INTO opencode_sessions (scope, key, agent, upstream_id, status, generation, binding, permissions, \
       server, directory, mint_token, mint_until, created_at, updated_at) \
     VALUES ('acme', 'east', '', 'ses_east', 'idle', 1, 'blue', 'rules', 'east', '/blue', NULL, 0, 1, 2);
     INSERT INTO opencode_mints (token, upstream_id, server, directory, due_at) \
     VALUES ('mint_west', 'ses_west', 'west', '/green', 6)",
];

pub(crate) async fn every_earlier_version_is_brought_up_to_date_with_its_rows(place: &Place) {
    for version in 0..=ROWS.len() {
        place.run("DROP TABLE IF EXISTS opencode_artifacts; DROP TABLE IF EXISTS opencode_blobs").await;
        for table in [
            "blockers",
            "events",
            "usage",
            "part_text",
            "parts",
            "long_prompts",
            "turns",
            "mints",
            "sessions",
        ] {
            place.run(&format!("DROP TABLE IF EXISTS opencode_{table}")).await;
        }
        place.run("DROP TABLE IF EXISTS opencode_schema").await;
        let stored = i64::try_from(version).unwrap();
        let before = place.open_of_version(stored).await;
        let digest = opencode_store::artifact::Digest::of(b"bytes").to_string();
        for rows in &ROWS[..version] {
            place.run(&rows.replace("DIGEST", &digest)).await;
        }
        // One that was open before the update goes on after it, as the others do that are opened anew.
        let after = place.open().await;
        after.migrate().await.unwrap();
        for store in [&before, &after] {
            look(store, version).await;
        }
        work(&after, version).await;
        let diagnosis = after.doctor().await;
        assert!(diagnosis.severity() <= Severity::Warning, "from {version}: {diagnosis}");
    }
}

async fn look(store: &Store, version: usize) {
    let turn = TurnId::new(1);
    if version >= 1 {
        let session = store.sessions().session(&subject("old")).await.unwrap().unwrap();
        assert_eq!((session.generation, session.place()), (3, blue_on(None)));
    }
    if version >= 2 {
        let ended = store.turns().turn_by_message(&MessageId::from_wire("msg_old")).await.unwrap().unwrap();
        assert_eq!(ended.end.unwrap().message, "done");
        assert_eq!(store.turns().prompt(turn).await.unwrap().unwrap().as_str(), "\"Explain.\"");
    }
    if version >= 3 {
        let parts = store.replies().parts(turn).await.unwrap();
        assert_eq!(parts[0].to_value()["text"], "Hello");
        let used = store.replies().usage(&UsageOf::Turn(turn)).await.unwrap();
        assert_eq!((used.steps, used.input), (1, 7));
    }
    if version >= 4 {
        let page = store.events().read(turn, 0, 10).await.unwrap();
        assert_eq!(page.events[1].payload, "two");
        assert!(page.ended);
    }
    if version >= 5 {
        assert_eq!(store.blockers().blockers(TurnId::new(2)).await.unwrap()[0].request.request_id, "per_1");
    }
    if version >= 6 {
        assert_eq!(store.artifact_index().artifacts(turn).await.unwrap()[0].size, 5);
    }
    if version >= 7 {
        let session = store.sessions().session(&subject("east")).await.unwrap().unwrap();
        assert_eq!(session.place(), blue_on(Some("east")));
    }
}

fn blue_on(server: Option<&str>) -> SessionPlace {
    SessionPlace::new(server.map(str::to_owned), Some("/blue".to_owned()))
}

/// The session of an earlier version stays where it is until it is replaced, and is deleted there.
async fn move_to_a_server(store: &Store) {
    let sessions = store.sessions();
    let (place, blue) = (blue_on(Some("west")), ConfigFingerprint::new("blue", "rules"));
    let request = MintRequest::new(subject("old"), blue.clone(), "mint_new", LEASE).with_place(place.clone());
    let claim = sessions.begin_mint(&request).await.unwrap();
    assert!(matches!(claim, MintClaim::Bound(session) if session.place() == blue_on(None)));
    let MintClaim::Claimed(mint) = sessions.begin_mint(&request.replacing(3)).await.unwrap() else {
        panic!("nobody else is at it")
    };
    let minted = Minted::new(SessionId::from_wire("ses_new"), blue, place.clone());
    let end = sessions.finish_mint(&mint, &minted).await.unwrap();
    assert!(matches!(end, MintEnd::Bound { session, .. } if session.place() == place));
    let stale = sessions.stale_mints(std::time::Duration::ZERO, 10).await.unwrap();
    assert_eq!(stale, [StaleMint::new("mint_new", Some(SessionId::from_wire("ses_old")), blue_on(None))]);
}

/// Works with what there is, and with something new.
async fn work(store: &Store, version: usize) {
    if version >= 1 {
        let stale = store.sessions().stale_mints(std::time::Duration::ZERO, 10).await.unwrap();
        assert_eq!((stale[0].token.as_str(), &stale[0].place), ("mint_old", &blue_on(None)));
        let servers: Vec<_> = stale.iter().map(|stale| stale.place.server.as_deref()).collect();
        assert_eq!(servers, if version >= 7 { vec![None, Some("west")] } else { vec![None] });
        move_to_a_server(store).await;
    }
    if version >= 2 {
        // The turn that was under way is taken over, and goes on where it was.
        let claim = store.turns().claim(&crate::steps::worker("new")).await.unwrap().unwrap();
        assert_eq!((claim.turn.id, claim.turn.state), (TurnId::new(2), TurnState::Running));
        append(store, &claim, 0, 3).await.unwrap();
        assert!(store.turns().finish(&claim.lease, &completed()).await.unwrap().applied);
    }
    let claim = claimed(store, "new").await;
    append(store, &claim, 0, 3).await.unwrap();
    assert!(store.turns().finish(&claim.lease, &completed()).await.unwrap().applied);
}
