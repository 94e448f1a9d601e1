//! Admissions that come in together are stored together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use super::database::Inner;
use super::idle::{self, AdmitIdle};
use super::sql;
use crate::error::{Error, ErrorKind, Result};
use crate::turn::{Admission, Admitted, Payload};
use crate::wake::Topic;

/// How many admissions are stored together. More would let the first of them wait too long.
const GROUP: usize = 64;

/// An admission, and whoever waits for its receipt.
pub(super) struct Waiting {
    pub(super) admission: Admission,
    pub(super) payload: Payload,
    receipt: oneshot::Sender<Result<Admitted>>,
}

/// Where admissions come in.
#[derive(Clone)]
pub(super) struct Door {
    waiting: Sender<Waiting>,
}

impl Door {
    pub(super) async fn admit(&self, admission: Admission, payload: Payload) -> Result<Admitted> {
        let (receipt, receiver) = oneshot::channel();
        let closed =
            || Error::new(ErrorKind::Unavailable, "the runtime on which the store was opened has ended");
        self.waiting.send(Waiting { admission, payload, receipt }).await.map_err(|_| closed())?;
        receiver.await.map_err(|_| closed())?
    }
}

/// Stores admissions in groups.
///
/// Most admissions are to sessions in which nothing is open. Any number of those are one statement, without a lock:
/// the unique keys see to it that nothing is admitted twice, and that a session has one head. What the statement
/// leaves out is a repetition, a conflict, or meets an open turn, and is looked at by itself under the session's lock.
pub(super) struct Admissions {
    inner: Arc<Inner>,
    waiting: Receiver<Waiting>,
}

impl Admissions {
    pub(super) fn new(inner: Arc<Inner>) -> (Self, Door) {
        let (sender, waiting) = channel(1024);
        (Self { inner, waiting }, Door { waiting: sender })
    }

    /// Works until the last handle of the store is gone.
    pub(super) async fn run(mut self) {
        let mut group = Vec::with_capacity(GROUP);
        while self.waiting.recv_many(&mut group, GROUP).await > 0 {
            self.store(std::mem::take(&mut group)).await;
        }
    }

    async fn store(&self, group: Vec<Waiting>) {
        let (together, alone) = split(group);
        let query = AdmitIdle::of(together.iter().map(|waiting| (&waiting.admission, &waiting.payload)));
        let stored = self
            .inner
            .statement(move |tx| {
                async move {
                    let stored = idle::admit(tx, query).await?;
                    if !stored.is_empty() {
                        tx.wake(Topic::Work);
                    }
                    Ok(stored)
                }
                .boxed()
            })
            .await;
        let mut stored: HashMap<String, _> = match stored {
            Ok(stored) => stored.into_iter().collect(),
            Err(error) => {
                tracing::debug!(%error, "admissions are stored one by one");
                HashMap::new()
            }
        };
        for waiting in together {
            match stored.remove(waiting.admission.message_id.as_str()) {
                // Whoever has gone away meanwhile can ask again, and gets the same receipt.
                Some(row) => {
                    let admitted = waiting.admitted(row);
                    let _gone = waiting.receipt.send(admitted);
                }
                None => self.alone(waiting),
            }
        }
        for waiting in alone {
            self.alone(waiting);
        }
    }

    /// Stores an admission by itself, while the next group is under way.
    fn alone(&self, waiting: Waiting) {
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            let Waiting { admission, payload, receipt } = waiting;
            let admitted = inner
                .write(move |tx| async move { sql::admit(tx, &admission, &payload).await }.boxed())
                .await;
            let _gone = receipt.send(admitted);
        });
    }
}

/// Parts a group into those that cannot meet each other, and the others.
fn split(group: Vec<Waiting>) -> (Vec<Waiting>, Vec<Waiting>) {
    let mut subjects = HashSet::new();
    let mut messages = HashSet::new();
    group.into_iter().partition(|waiting| {
        let is_new_subject = subjects.insert(waiting.admission.subject.clone());
        let is_new_message = messages.insert(waiting.admission.message_id.clone());
        is_new_subject && is_new_message
    })
}
