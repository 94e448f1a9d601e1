//! How a connection is made.

use std::time::Duration;

use diesel_async::AsyncPgConnection;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};

use super::PostgresOptions;
use super::refused::refused;
use crate::db::failure::of_connection;
use crate::error::{Error, ErrorKind, Result};

/// How a connection is made: where to, and with which TLS.
#[derive(Clone)]
pub(super) struct Connect {
    config: Config,
    timeout: Duration,
    tls: Tls,
}

#[derive(Clone)]
enum Tls {
    None,
    Rustls(tokio_postgres_rustls::MakeRustlsConnect),
}

impl Connect {
    /// Reads a URL. No error repeats it, because it may hold a password.
    pub(super) fn new(url: &str, options: &PostgresOptions) -> Result<Self> {
        let mut config: Config = url.parse().map_err(|source: tokio_postgres::Error| {
            let message = "not a PostgreSQL URL: it reads postgres://user:password@host:port/database";
            Error::new(ErrorKind::InvalidConfig, message).with_source(source)
        })?;
        config.connect_timeout(options.connect_timeout);
        // A database that vanishes without a word is noticed.
        config.keepalives_idle(Duration::from_secs(15)).keepalives_interval(Duration::from_secs(5));
        config.tcp_user_timeout(options.call_timeout);
        if config.get_application_name().is_none() {
            config.application_name("opencode-store");
        }
        let tls = Tls::of(config.get_ssl_mode(), options)?;
        Ok(Self { config, timeout: options.connect_timeout, tls })
    }

    /// Connects for queries.
    pub(super) async fn for_queries(&self) -> Result<AsyncPgConnection> {
        match &self.tls {
            Tls::None => {
                let (client, connection) = self.connect(NoTls).await?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
            Tls::Rustls(tls) => {
                let (client, connection) = self.connect(tls.clone()).await?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
        }
        .map_err(of_connection)
    }

    /// Connects for messages: `heard` is called with each until the connection ends.
    pub(super) async fn for_messages(
        &self,
        heard: impl FnMut(&str) + Send + 'static,
    ) -> Result<(Client, tokio::task::JoinHandle<()>)> {
        Ok(match &self.tls {
            Tls::None => {
                let (client, connection) = self.connect(NoTls).await?;
                (client, tokio::spawn(listen(connection, heard)))
            }
            Tls::Rustls(tls) => {
                let (client, connection) = self.connect(tls.clone()).await?;
                (client, tokio::spawn(listen(connection, heard)))
            }
        })
    }

    async fn connect<T>(&self, tls: T) -> Result<(Client, Connection<Socket, T::Stream>)>
    where
        T: MakeTlsConnect<Socket> + Send,
        T::TlsConnect: Send,
        T::Stream: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        // The limit of the library is for each address; this one is for all.
        match tokio::time::timeout(self.timeout, self.config.connect(tls)).await {
            Ok(connected) => connected.map_err(refused),
            Err(elapsed) => {
                let message = "the database cannot be reached in time";
                Err(Error::new(ErrorKind::Unavailable, message).with_source(elapsed))
            }
        }
    }
}

impl Tls {
    fn of(mode: SslMode, options: &PostgresOptions) -> Result<Self> {
        match mode {
            SslMode::Disable => Ok(Self::None),
            _ => super::tls::connector(options.root_certificates.as_deref()).map(Self::Rustls),
        }
    }
}

async fn listen<S>(mut connection: Connection<Socket, S>, mut heard: impl FnMut(&str))
where
    S: tokio_postgres::tls::TlsStream + Unpin,
{
    use tokio_postgres::AsyncMessage;
    loop {
        match std::future::poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notification(message))) => heard(message.payload()),
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                tracing::debug!(%error, "the connection that listens is lost");
                return;
            }
            None => return,
        }
    }
}
