//! Why a connection was not made.

use std::error::Error as StdError;

use tokio_postgres::error::SqlState;

use crate::db::failure::of_connection;
use crate::error::{Error, ErrorKind};

/// What it means that a connection was not made.
///
/// What somebody has to change is apart from what passes: a host that tries again for ever with a wrong password locks
/// somebody out. The codes say it in every language; the texts come in that of the server.
pub(super) fn refused(error: tokio_postgres::Error) -> Error {
    let Some(message) = reason(&error) else { return of_connection(error) };
    Error::new(ErrorKind::InvalidConfig, message).with_source(error)
}

fn reason(error: &tokio_postgres::Error) -> Option<&'static str> {
    if let Some(code) = error.code() {
        return match *code {
            SqlState::INVALID_PASSWORD => Some("the database refuses the user or the password"),
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION => Some(
                "the database does not let this user in: is the name right, and does `pg_hba.conf` allow it from here, \
                 with or without TLS?",
            ),
            SqlState::INVALID_CATALOG_NAME => {
                Some("the server has no database of this name: create it first")
            }
            SqlState::INSUFFICIENT_PRIVILEGE => Some("the user may not connect to this database"),
            _ => None,
        };
    }
    let mut next = error.source();
    while let Some(source) = next {
        let inner = source.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(rustls::Error::InvalidCertificate(_)) =
            source.downcast_ref().or_else(|| inner.and_then(|inner| inner.downcast_ref()))
        {
            return Some(
                "the certificate of the database is not trusted for this host: give its root certificate, and the name \
                 that is in it; or `sslmode=disable` where nobody listens in",
            );
        }
        next = source.source();
    }
    // The library says these in words only.
    let text = crate::db::failure::chain(error);
    if text.contains("server does not support TLS") {
        Some("the server has no TLS, which `sslmode=require` asks for")
    } else if text.contains("password missing") {
        Some("the database asks for a password, and the URL has none")
    } else if text.starts_with("invalid configuration") {
        Some("the URL does not say which server: it reads postgres://user:password@host:port/database")
    } else {
        None
    }
}
