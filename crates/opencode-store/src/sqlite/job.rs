//! Something to be done on a connection, and whoever waits for it.

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::oneshot;

use super::tx::Tx;
use crate::db::failure::Failure;
use crate::error::{Error, ErrorKind, Result};

/// Something to be done on a connection.
pub(super) trait Job: Send {
    /// Does it, and says whether what it wrote is to be kept.
    fn run(&mut self, tx: &mut Tx) -> Keep;

    /// Tells whoever waits, once it is known whether what was kept is stored.
    fn answer(self: Box<Self>, stored: Result<()>);
}

/// Whether what a job wrote is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Yes,
    No,
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
    fn run(&mut self, tx: &mut Tx) -> Keep {
        let Some(body) = self.body.take() else { return Keep::No };
        // Every future of the connection is ready at once, and a body waits for nothing else.
        let result = match body(tx).now_or_never() {
            Some(result) => result.map_err(Failure::into_error),
            None => {
                Err(Error::new(ErrorKind::Unavailable, "a query waited for something outside the database"))
            }
        };
        let keep = if result.is_ok() { Keep::Yes } else { Keep::No };
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, stored: Result<()>) {
        let result = match (self.result, stored) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(refused)), Ok(())) => Err(refused),
            (_, Err(error)) => Err(error),
            (None, Ok(())) => Err(Error::new(ErrorKind::Unavailable, "the query was not run")),
        };
        // A caller who went away does not want to know.
        let _gone = self.waiter.send(result);
    }
}
