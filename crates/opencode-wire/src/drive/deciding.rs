//! Requests that somebody is deciding.

use std::future::poll_fn;
use std::task::Poll;

use futures_util::future::BoxFuture;

use super::Decision;
use crate::reply::{Blocker, BlockerId};

/// Requests that somebody is deciding, each with the future that ends in the decision. Seldom more than one.
#[derive(Default)]
pub(super) struct Deciding {
    open: Vec<(Blocker, BoxFuture<'static, Decision>)>,
}

impl Deciding {
    pub(super) fn push(&mut self, blocker: Blocker, decision: BoxFuture<'static, Decision>) {
        self.open.push((blocker, decision));
    }

    /// Stops deciding a request, because nobody waits for the answer any more.
    pub(super) fn forget(&mut self, id: &BlockerId) {
        self.open.retain(|(blocker, _)| blocker.id() != *id);
    }

    /// The next request that is decided; waits for ever while there is none.
    pub(super) async fn next(&mut self) -> (Blocker, Decision) {
        poll_fn(|context| {
            for index in 0..self.open.len() {
                if let Poll::Ready(decision) = self.open[index].1.as_mut().poll(context) {
                    let (blocker, _) = self.open.swap_remove(index);
                    return Poll::Ready((blocker, decision));
                }
            }
            Poll::Pending
        })
        .await
    }
}
