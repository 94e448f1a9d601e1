//! Something to be done on a connection, and whoever waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::oneshot;

use super::tx::Tx;
use crate::db::failure::Failure;
use crate::error::{Error, ErrorKind, Result};

/// Something to be done on a connection.
pub(super) trait Job: Send {
    /// Does it. An error says that nothing of what it wrote is to be kept, and is what its caller is told.
    fn run(&mut self, tx: &mut Tx) -> Result<()>;

    /// Tells whoever waits, once it is known whether what was kept is stored.
    fn answer(self: Box<Self>, stored: Result<()>);
}

/// What a job is made of: a body, then its result.
struct Waiting<T, F> {
    body: Option<F>,
    result: Option<Result<T>>,
    waiter: oneshot::Sender<Result<T>>,
}

/// Makes a job of a body, and gives what its caller waits for.
pub(super) fn job<T, F>(body: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T>>)
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
{
    let (waiter, receiver) = oneshot::channel();
    (Box::new(Waiting { body: Some(body), result: None, waiter }), receiver)
}

impl<T, F> Job for Waiting<T, F>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
{
    fn run(&mut self, tx: &mut Tx) -> Result<()> {
        let Some(body) = self.body.take() else { return Ok(()) };
        // Every future of the connection is ready at once, and a body waits for nothing else.
        // A panic would be a fault of ours. It must not end the thread that everybody else needs: the connection is
        // in order, because its statements end with the stack, and what was written is taken back.
        let result = match catch_unwind(AssertUnwindSafe(|| body(tx).now_or_never())) {
            Ok(Some(result)) => result.map_err(Failure::into_error),
            Ok(None) => unavailable("a query waited for something outside the database"),
            Err(_panic) => unavailable("a query panicked: this should be impossible, please report it"),
        };
        let kept = result.as_ref().map(drop).map_err(Error::duplicate);
        self.result = Some(result);
        kept
    }

    fn answer(self: Box<Self>, stored: Result<()>) {
        let result = match (self.result, stored) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(refused)), Ok(())) => Err(refused),
            (_, Err(error)) => Err(error),
            (None, Ok(())) => unavailable("the query was not run"),
        };
        // A caller who went away does not want to know.
        let _gone = self.waiter.send(result);
    }
}

fn unavailable<T>(message: &str) -> Result<T> {
    Err(Error::new(ErrorKind::Unavailable, message))
}

#[cfg(test)]
mod tests {
    use diesel_async::SimpleAsyncConnection as _;
    use futures_util::future::join_all;
    use opencode_wire::ids::MessageId;
    use opencode_wire::model::Json;

    use super::*;
    use crate::session::Subject;
    use crate::sqlite::{SqliteOptions, SqliteStore};
    use crate::store::Backend as _;
    use crate::turn::{Admission, TurnStore as _};

    async fn admit(store: &SqliteStore, key: &str) -> Result<i64> {
        let prompt = Json::from_value("Explain monads.").unwrap();
        let admission = Admission::new(Subject::new("acme", key).unwrap(), MessageId::from_wire(key), prompt);
        store.admit(&admission).await.map(|admitted| admitted.turn.id.get())
    }

    /// Writes something, and panics.
    async fn panics(store: &SqliteStore) -> Error {
        let written: Result<()> = store
            .write(|tx| {
                async {
                    tx.conn().batch_execute("DELETE FROM opencode_turns").await?;
                    panic!("a fault of ours")
                }
                .boxed()
            })
            .await;
        written.unwrap_err()
    }

    #[tokio::test]
    async fn a_panic_is_told_to_its_caller_and_to_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::default().with_readers(1);
        let store = SqliteStore::open(folder.path().join("store.db"), options).await.unwrap();
        store.migrate().await.unwrap();
        // Alone, then in a group with others.
        assert_eq!(panics(&store).await.kind(), ErrorKind::Unavailable);
        let keys: Vec<String> = (0..100).map(|number| format!("turn {number}")).collect();
        let admitted = join_all(keys.iter().map(|key| admit(&store, key)));
        let (admitted, errors) = tokio::join!(admitted, join_all((0..10).map(|_| panics(&store))));
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::Unavailable));
        for id in admitted {
            let id = crate::turn::TurnId::new(id.unwrap());
            assert!(store.turn(id).await.unwrap().is_some());
        }
        // There is one reader.
        for _ in 0..3 {
            let read: Result<()> = store.read(|_| async { panic!("a fault of ours") }.boxed()).await;
            assert_eq!(read.unwrap_err().kind(), ErrorKind::Unavailable);
        }
        assert_eq!(store.diagnose().await.severity(), crate::doctor::Severity::Fine);
    }
}
