//! Ends servers that nobody needs, and lets those that run forget directories that nobody needs.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use opencode_wire::Client;
use tokio::time::{interval, timeout};

use super::Inner;
use super::member::Ending;

/// How long a server may take to tell what it does in a directory, and to forget it.
const LONGEST: Duration = Duration::from_secs(30);

/// Begins to look after a pool, unless somebody does. It ends with the pool.
pub(super) fn begin(pool: &Arc<Inner>) {
    let has_local = || pool.roll().has_local();
    if !pool.is_swept.load(Ordering::Acquire) && has_local() && !pool.is_swept.swap(true, Ordering::AcqRel) {
        let every = pool.roll().options().look_every;
        tokio::spawn(keep(Arc::downgrade(pool), every));
    }
}

async fn keep(pool: Weak<Inner>, every: Duration) {
    let mut looks = interval(every.max(Duration::from_millis(1)));
    looks.tick().await;
    loop {
        looks.tick().await;
        let Some(pool) = pool.upgrade() else { return };
        look(&pool).await;
    }
}

/// Ends and lets forget what has not been used for long.
pub(super) async fn look(pool: &Arc<Inner>) {
    let idle = pool.roll().end_idle(pool.now());
    for ending in idle {
        tracing::info!(server = ending.name, "a server that nobody uses is ended");
        end(pool, ending);
    }
    let unused = pool.roll().close_unused(pool.now());
    for (name, source, directory) in unused {
        let is_forgotten = match source.client() {
            Some(client) => timeout(LONGEST, forget(&client, &directory)).await.unwrap_or(false),
            None => true,
        };
        pool.roll().closed(&name, &directory, is_forgotten, pool.now());
        pool.changed.notify_waiters();
    }
}

/// Ends a server, in a task that goes on whatever becomes of the caller.
pub(super) fn end(pool: &Arc<Inner>, ending: Ending) {
    let pool = Arc::clone(pool);
    tokio::spawn(async move {
        ending.source.rest().await;
        pool.ended(&ending);
    });
}

/// Lets a server forget a directory, unless it does something there: for somebody else, then. Whether it has.
async fn forget(client: &Client, directory: &str) -> bool {
    let Ok(client) = client.with_directory(directory) else { return true };
    let is_quiet = client.sessions().status().await.is_ok_and(|working| working.is_empty());
    if !is_quiet {
        return false;
    }
    match client.dispose_instance().await {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!(%error, "a server did not forget a directory; it is asked again later");
            false
        }
    }
}
