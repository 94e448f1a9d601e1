//! The store on a PostgreSQL database.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel_async::{AnsiTransactionManager, TransactionManager as _};
use futures_util::future::BoxFuture;
use opencode_wire::ids::Clock;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::error::Elapsed;

use super::admissions::{Admissions, Door};
use super::connect::Connect;
use super::exchange::Exchange;
use super::pool::{Connections, time};
use super::server_clock::ServerClock;
use super::tx::Tx;
use super::{PostgresOptions, dialect};
use crate::db::failure::{Failure, of_query};
use crate::doctor::Diagnosis;
use crate::error::{Error, ErrorKind, Result};
use crate::millis::{Millis, now};
use crate::token::new_token;
use crate::turn::{Admission, Admitted, Payload};
use crate::wake::{Topic, Wakes};

/// The store on a PostgreSQL database. Cheap to clone.
///
/// It lives on the tokio runtime that it was opened on.
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
    door: Door,
}

pub(super) struct Inner {
    connections: Connections,
    wakes: Wakes,
    topics: UnboundedSender<Topic>,
    server_clock: Arc<ServerClock>,
    clock: Option<Arc<dyn Clock>>,
    call_timeout: Duration,
}

impl PostgresStore {
    /// Opens a database. Tables are made by `migrate()`.
    ///
    /// The URL is `postgres://user:password@host:port/database`, with `?sslmode=require` or `disable` where it matters.
    ///
    /// # Errors
    ///
    /// [`InvalidConfig`](ErrorKind::InvalidConfig) when the URL or the password is wrong,
    /// [`Unavailable`](ErrorKind::Unavailable) when the database cannot be reached, and
    /// [`SchemaTooNew`](ErrorKind::SchemaTooNew) when a newer version of this crate was here before.
    /// No error repeats the URL.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves nothing.
    pub async fn open(url: &str, options: PostgresOptions) -> Result<Self> {
        let connect = Connect::new(url, &options)?;
        let server_clock = Arc::new(ServerClock::new());
        let connections = Connections::new(connect.clone(), Arc::clone(&server_clock), &options)?;
        let wakes = Wakes::default();
        let (topics, told) = unbounded_channel();
        let exchange = Exchange {
            connect,
            wakes: wakes.clone(),
            name: new_token()?.into(),
            topics: told,
            is_behind: false,
        };
        let listening = exchange.listen().await?;
        let inner = Arc::new(Inner {
            connections,
            wakes,
            topics,
            server_clock,
            clock: options.clock,
            call_timeout: options.call_timeout,
        });
        let (admissions, door) = Admissions::new(Arc::clone(&inner), options.call_timeout);
        let store = Self { inner, door };
        store.check_version().await?;
        tokio::spawn(exchange.run(listening));
        tokio::spawn(admissions.run());
        Ok(store)
    }

    /// Runs a query that writes, in a transaction of its own.
    pub(super) async fn write<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
    {
        self.inner.write(body).await
    }

    /// Runs a query that writes, in a transaction of its own. Elsewhere it may be run again, and so it can be here.
    pub(super) async fn write_repeatable<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
    {
        self.inner.write(body).await
    }

    /// Runs a query that writes in one statement, which needs no transaction around it.
    pub(super) async fn write_statement<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
    {
        self.inner.statement(body).await
    }

    /// Runs a query that reads.
    pub(super) async fn read<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
    {
        self.inner.statement(body).await
    }

    pub(super) async fn admit_in_group(&self, admission: Admission, payload: Payload) -> Result<Admitted> {
        self.door.admit(admission, payload).await
    }

    pub(super) fn wakes(&self) -> &Wakes {
        &self.inner.wakes
    }

    pub(super) async fn look_around(&self) -> Diagnosis {
        let mut diagnosis = Diagnosis::default();
        let (size, most) = self.inner.connections.size();
        diagnosis.fine(format!("PostgreSQL, {size} of at most {most} connections open"));
        match self.read(|tx| Box::pin(dialect::settings(tx.conn()))).await {
            Ok(settings) => settings.judge(&mut diagnosis),
            Err(error) => diagnosis.broken(format!("the database does not answer: {error}")),
        }
        if let Some(clock) = &self.inner.clock {
            let here = now(clock.as_ref());
            let there = self.read(|tx| Box::pin(async { Ok(time(tx.conn()).await?) })).await;
            if there.is_ok_and(|there| (there - here).abs() > 1000) {
                diagnosis.warn("the clock that was given differs from the database's by more than a second");
            }
        }
        diagnosis
    }
}

impl Inner {
    pub(super) async fn write<T, F>(self: &Arc<Self>, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
    {
        let inner = Arc::clone(self);
        self.call(async move {
            let mut tx = inner.begin().await?;
            AnsiTransactionManager::begin_transaction(tx.conn()).await.map_err(of_query)?;
            match body(&mut tx).await {
                Ok(value) => {
                    AnsiTransactionManager::commit_transaction(tx.conn()).await.map_err(of_query)?;
                    inner.wake(tx.wakes);
                    Ok(value)
                }
                Err(failure) => {
                    // When this fails too, the pool throws the connection away, and the database the transaction.
                    let _rolled_back = AnsiTransactionManager::rollback_transaction(tx.conn()).await;
                    Err(failure.into_error())
                }
            }
        })
        .await
    }

    pub(super) async fn statement<T, F>(self: &Arc<Self>, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
    {
        let inner = Arc::clone(self);
        self.call(async move {
            let mut tx = inner.begin().await?;
            let value = body(&mut tx).await.map_err(Failure::into_error)?;
            inner.wake(tx.wakes);
            Ok(value)
        })
        .await
    }

    async fn begin(self: &Arc<Self>) -> Result<Tx> {
        let connection = self.connections.get().await?;
        Ok(Tx { connection, now: self.now(), inner: Arc::clone(self), wakes: Vec::new() })
    }

    /// The time, as the store counts it.
    pub(super) fn now(&self) -> Millis {
        self.clock.as_ref().map_or_else(|| self.server_clock.now(), |clock| now(clock.as_ref()))
    }

    /// Wakes whoever waits, here and elsewhere.
    fn wake(&self, topics: Vec<Topic>) {
        for topic in topics {
            self.wakes.wake(topic);
            // The exchange ends only with the store.
            let _told = self.topics.send(topic);
        }
    }

    /// Does something in a task of its own, so that a caller who goes away does not stop it in the middle.
    async fn call<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        match tokio::time::timeout(self.call_timeout, tokio::spawn(work)).await {
            Ok(Ok(done)) => done,
            Ok(Err(source)) => {
                Err(Error::new(ErrorKind::Unavailable, "the query broke off").with_source(source))
            }
            Err(elapsed) => Err(too_late(elapsed)),
        }
    }
}

pub(super) fn too_late(elapsed: Elapsed) -> Error {
    Error::new(ErrorKind::Unavailable, "the database did not answer in time").with_source(elapsed)
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, most) = self.inner.connections.size();
        formatter
            .debug_struct("PostgresStore")
            .field("connections", &size)
            .field("most", &most)
            .finish_non_exhaustive()
    }
}
