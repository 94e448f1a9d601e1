//! Work that goes on only while a lease holds.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

/// Works while the lease holds, until the work is done or the lease is lost.
///
/// A process that has stood still longer than its lease goes on wherever it was. Its store refuses what it writes, but
/// the server would still take a prompt or an abort of it, and that abort would stop somebody else's turn. So nothing is
/// done from the end of the lease on until the keeper has renewed it.
///
/// # Errors
///
/// What the keeper says when the lease is lost.
pub(super) async fn while_held<D, L>(
    is_held: impl Fn() -> bool + Send + Sync,
    mut work: Pin<&mut (impl Future<Output = D> + Send)>,
    keeper: impl Future<Output = L> + Send,
) -> Result<D, L> {
    let mut keeper = pin!(keeper);
    poll_fn(|context| {
        // First, because it may be about to say that the lease is renewed, or lost.
        if let Poll::Ready(lost) = keeper.as_mut().poll(context) {
            return Poll::Ready(Err(lost));
        }
        if is_held() { work.as_mut().poll(context).map(Ok) } else { Poll::Pending }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn g01_whoever_has_stood_still_does_nothing_before_the_lease_is_renewed() {
        let (is_held, has_worked) = (AtomicBool::new(false), AtomicBool::new(false));
        let mut work = pin!(async { has_worked.store(true, Ordering::Relaxed) });
        let (renewed, asked) = oneshot::channel::<()>();
        let keeper = async {
            asked.await.unwrap();
            is_held.store(true, Ordering::Relaxed);
            std::future::pending::<()>().await;
        };
        let mut both = pin!(while_held(|| is_held.load(Ordering::Relaxed), work.as_mut(), keeper));
        assert_eq!(both.as_mut().now_or_never(), None);
        assert!(!has_worked.load(Ordering::Relaxed), "nobody knows whether the lease still holds");
        renewed.send(()).unwrap();
        assert_eq!(both.now_or_never(), Some(Ok(())));
        assert!(has_worked.load(Ordering::Relaxed));
    }

    #[test]
    fn g01_whoever_has_lost_the_lease_does_nothing_any_more() {
        let has_worked = AtomicBool::new(false);
        let mut work = pin!(async { has_worked.store(true, Ordering::Relaxed) });
        let both = while_held(|| true, work.as_mut(), async { "lost" });
        assert_eq!(both.now_or_never(), Some(Err("lost")));
        assert!(!has_worked.load(Ordering::Relaxed));
    }
}
