//! A process that ends in the middle of a call.

use opencode_store::postgres::PostgresOptions;
use opencode_store::turn::TurnState;
use opencode_store::{ErrorKind, Store};
use opencode_testkit::postgres::Database;
use tokio::runtime::Builder;

use super::open;
use crate::steps::{admission, claimed, completed, soon, to};

/// Begins a call on a runtime of its own, and ends the runtime after so many turns of it: every task stops at the
/// wait where it is, which drops its connection in the middle of a transaction. Says whether the call had completed.
fn cut_off<F>(url: &str, turns: u32, call: impl FnOnce(Store) -> F) -> bool
where
    F: Future<Output: Send> + Send + 'static,
{
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let call = tokio::spawn(call(open(url, PostgresOptions::default().with_pool_size(1)).await));
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        call.is_finished()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_had_begun_is_whole_or_not_there_and_holds_up_nobody() {
    let Some(database) = Database::fresh_or_skip().await else { return };
    let store = open(database.url(), PostgresOptions::default()).await;
    store.migrate().await.unwrap();
    let mut completed_calls = 0;
    let mut turns = 1;
    for round in 0.. {
        let key = format!("round {round}");
        let claim = claimed(&store, &key).await;
        store.turns().admit(&to(&key, &format!("{key} next"))).await.unwrap();
        let (url, lease) = (database.url().to_owned(), claim.lease.clone());
        let payloads = vec!["one".to_owned(), "two".to_owned()];
        let (other, appended) = (admission(&format!("{key} other")), claim.lease.clone());
        let cut = tokio::task::spawn_blocking(move || {
            cut_off(&url, turns, |store| async move {
                store.turns().admit(&other).await.unwrap();
                store.events().append(&appended, 0, &payloads).await.unwrap();
                store.turns().finish(&lease, &completed()).await.unwrap();
            })
        });
        completed_calls += u32::from(cut.await.unwrap());

        // The same calls once more, at once: no lock is held by who is gone.
        let again = async {
            store.turns().admit(&admission(&format!("{key} other"))).await.unwrap();
            let payloads = ["one".to_owned(), "two".to_owned()];
            if let Err(error) = store.events().append(&claim.lease, 0, &payloads).await {
                assert!(matches!(error.kind(), ErrorKind::Conflict | ErrorKind::LeaseLost), "{error:?}");
            }
            store.turns().finish(&claim.lease, &completed()).await.unwrap();
        };
        soon("the same calls once more", again).await;
        assert_eq!(store.events().read(claim.turn.id, 0, 10).await.unwrap().events.len(), 2);
        let next = store.turns().admit(&to(&key, &format!("{key} next"))).await.unwrap();
        assert!(next.repeated && next.turn.state == TurnState::Ready, "{next:?}");
        while let Some(claim) = store.turns().claim(&crate::steps::worker("end")).await.unwrap() {
            store.turns().finish(&claim.lease, &completed()).await.unwrap();
        }
        if completed_calls == 3 {
            break;
        }
        turns += 1 + turns / 4;
    }
}
