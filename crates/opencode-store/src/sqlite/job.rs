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

    /// Whether it can be done once more, after what it wrote was taken back.
    fn is_repeatable(&self) -> bool;

    /// Tells whoever waits, once it is known whether what was kept is stored.
    fn answer(self: Box<Self>, stored: Result<()>);
}

/// What a job is made of: a body, then its result.
struct Waiting<T, F> {
    body: F,
    is_repeatable: bool,
    result: Option<Result<T>>,
    waiter: oneshot::Sender<Result<T>>,
}

/// A job, and what its caller waits for.
pub(super) type Asked<T> = (Box<dyn Job>, oneshot::Receiver<Result<T>>);

/// Makes a job of a body that is run once.
pub(super) fn once<T, F>(body: F) -> Asked<T>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
{
    let mut body = Some(body);
    let body = move |tx: &mut Tx| match body.take() {
        Some(body) => completed(body(tx)),
        None => unavailable("a query that is run once was run again"),
    };
    job(body, false)
}

/// Makes a job of a body that can be run again, so that it needs no savepoint.
pub(super) fn repeatable<T, F>(body: F) -> Asked<T>
where
    T: Send + 'static,
    F: for<'a> Fn(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
{
    job(move |tx: &mut Tx| completed(body(tx)), true)
}

fn job<T, F>(body: F, is_repeatable: bool) -> Asked<T>
where
    T: Send + 'static,
    F: FnMut(&mut Tx) -> Result<T> + Send + 'static,
{
    let (waiter, receiver) = oneshot::channel();
    (Box::new(Waiting { body, is_repeatable, result: None, waiter }), receiver)
}

/// Every future of the connection is ready at once, and a body waits for nothing else.
fn completed<T>(body: BoxFuture<'_, Result<T, Failure>>) -> Result<T> {
    match body.now_or_never() {
        Some(result) => result.map_err(Failure::into_error),
        None => unavailable("a query waited for something outside the database"),
    }
}

impl<T, F> Job for Waiting<T, F>
where
    T: Send + 'static,
    F: FnMut(&mut Tx) -> Result<T> + Send + 'static,
{
    fn run(&mut self, tx: &mut Tx) -> Result<()> {
        // A panic would be a fault of ours. It must not end the thread that everybody else needs: the connection is
        // in order, because its statements end with the stack, and what was written is taken back.
        let result = catch_unwind(AssertUnwindSafe(|| (self.body)(tx))).unwrap_or_else(|_panic| {
            unavailable("a query panicked: this should be impossible, please report it")
        });
        let kept = result.as_ref().map(drop).map_err(Error::duplicate);
        self.result = Some(result);
        kept
    }

    fn is_repeatable(&self) -> bool {
        self.is_repeatable
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

    /// Admissions share a transaction without savepoints. One that is refused after it has written is taken back alone.
    #[tokio::test]
    async fn a_refused_admission_takes_back_nothing_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let store =
            SqliteStore::open(folder.path().join("store.db"), SqliteOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        admit(&store, "the first").await.unwrap();
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let holding = store.write(move |_| {
            // The writer waits here, so that what comes in meanwhile is one group.
            let _released = held.recv();
            async { Ok(()) }.boxed()
        });
        let admissions = join_all((0..30).map(async |number| {
            let subject = Subject::new("group", format!("subject {number}")).unwrap();
            // Each third has the message id of somebody else's turn.
            let message = if number % 3 == 0 { "the first".to_owned() } else { format!("message {number}") };
            let prompt = Json::from_value("Explain monads.").unwrap();
            let admitted =
                store.admit(&Admission::new(subject.clone(), MessageId::from_wire(&message), prompt)).await;
            (subject, admitted)
        }));
        let between = store.write(|tx| {
            async {
                Ok(tx.conn().batch_execute("UPDATE opencode_sessions SET directory = '/between'").await?)
            }
            .boxed()
        });
        let refused = panics(&store);
        let release = async { hold.send(()).unwrap() };
        let (held, admitted, between, refused, ()) =
            tokio::join!(holding, admissions, between, refused, release);
        held.unwrap();
        between.unwrap();
        assert_eq!(refused.kind(), ErrorKind::Unavailable);
        for (number, (subject, admitted)) in admitted.into_iter().enumerate() {
            let session = crate::session::SessionStore::session(&store, &subject).await.unwrap();
            if number % 3 == 0 {
                assert_eq!(admitted.unwrap_err().kind(), ErrorKind::Conflict);
                assert_eq!(session, None, "what it had written is there");
            } else {
                assert!(store.turn(admitted.unwrap().turn.id).await.unwrap().is_some());
                assert!(session.is_some());
            }
        }
    }
}
