//! The connections for queries.

use std::sync::Arc;

use deadpool::Runtime;
use deadpool::managed::{Object, Pool, PoolError, Timeouts};
use diesel::ConnectionError;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError as SetupError, RecyclingMethod,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt as _;

use super::PostgresOptions;
use super::connect::Connect;
use super::server_clock::ServerClock;
use crate::db::failure::of_connection;
use crate::error::{Error, ErrorKind, Result};

type Manager = AsyncDieselConnectionManager<AsyncPgConnection>;

/// A connection that returns to its pool, unless something is still open on it.
pub(super) type Pooled = Object<Manager>;

/// Why there is no connection.
pub(super) type NoConnection = PoolError<SetupError>;

/// The connections for queries.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool<Manager>,
}

impl Connections {
    pub(super) fn new(connect: Connect, clock: Arc<ServerClock>, options: &PostgresOptions) -> Result<Self> {
        let mut config = ManagerConfig::default();
        config.custom_setup = Box::new(move |_| {
            let (connect, clock) = (connect.clone(), Arc::clone(&clock));
            async move { set_up(&connect, &clock).await.map_err(carried) }.boxed()
        });
        // Whether a connection is broken, or in the middle of something, is known without asking the database.
        config.recycling_method = RecyclingMethod::Fast;
        let limit = Some(options.connect_timeout);
        let pool = Pool::builder(Manager::new_with_config("", config))
            .max_size(options.pool_size.max(1))
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts { wait: limit, create: limit, recycle: limit })
            .build()
            .map_err(|source| {
                Error::new(ErrorKind::InvalidConfig, "the pool cannot be made").with_source(source)
            })?;
        Ok(Self { pool })
    }

    pub(super) async fn get(&self) -> Result<Pooled> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(_) => {
                let message = "no connection to the database became free in time";
                Error::new(ErrorKind::Unavailable, message).with_source(error)
            }
            PoolError::Backend(SetupError::ConnectionError(error)) => uncarried(error),
            error => of_connection(error),
        })
    }

    /// How many connections there are, and how many there may be.
    pub(super) fn size(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size, status.max_size)
    }
}

async fn set_up(connect: &Connect, clock: &ServerClock) -> Result<AsyncPgConnection> {
    let mut connection = connect.for_queries().await?;
    clock.set(time(&mut connection).await?);
    Ok(connection)
}

/// What the database says the time is.
pub(super) async fn time(connection: &mut AsyncPgConnection) -> Result<i64> {
    use diesel::sql_types::BigInt;
    let now = diesel::dsl::sql::<BigInt>("(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT");
    diesel::select(now).get_result(connection).await.map_err(crate::db::failure::of_query)
}

/// Carries an error of ours through the pool, which takes only the database library's.
fn carried(error: Error) -> ConnectionError {
    ConnectionError::CouldntSetupConfiguration(diesel::result::Error::QueryBuilderError(Box::new(error)))
}

fn uncarried(error: ConnectionError) -> Error {
    match error {
        ConnectionError::CouldntSetupConfiguration(diesel::result::Error::QueryBuilderError(carried)) => {
            match carried.downcast::<Error>() {
                Ok(error) => *error,
                Err(other) => {
                    Error::new(ErrorKind::Unavailable, "the database cannot be reached").with_source(other)
                }
            }
        }
        error => of_connection(error),
    }
}
