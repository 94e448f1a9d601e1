//! What the transport's errors mean: which kind they are, and whether the request may have arrived.

use std::error::Error as StdError;
use std::time::Duration;

use hyper_util::client::legacy;

use super::body::{BodyFailure, BoxError};
use super::connect::ConnectTimeout;
use crate::error::{Error, ErrorKind, Inner};

/// The request ended without the head of an answer.
pub(super) fn no_answer(source: BoxError, server: &dyn std::fmt::Display) -> Error {
    if let Some(ConnectTimeout(limit)) = find(&*source) {
        let message = format!("no connection to {server} within {limit:?}");
        return Error::new(ErrorKind::Timeout, message).with_source(source);
    }
    if find::<legacy::Error>(&*source).is_some_and(legacy::Error::is_connect) {
        let reason = if is_tls(&*source) { "cannot agree on TLS with" } else { "cannot connect to" };
        return Error::new(ErrorKind::Connect, format!("{reason} {server}")).with_source(source);
    }
    // hyper says `canceled` only when it gives a request back that it had not begun to write, which happens when
    // a pooled connection turns out to be closed.
    if find::<hyper::Error>(&*source).is_some_and(hyper::Error::is_canceled) {
        let message = "the connection had closed before the request was sent";
        return Error::new(ErrorKind::Connect, message).with_source(source);
    }
    let message = match find::<legacy::Error>(&*source) {
        Some(_) => "the connection broke before an answer came",
        // Whether a layer failed before or after it passed the request on is its own secret.
        None => "a layer around the connection failed",
    };
    ambiguous(ErrorKind::Connect, message).with_source(source)
}

/// The connection stood, and the head of an answer did not come.
pub(super) fn silent(limit: Duration) -> Error {
    ambiguous(ErrorKind::Timeout, &format!("no answer within {limit:?}"))
}

/// The head of an answer came, and its body did not.
pub(super) fn no_body(failure: BodyFailure) -> Error {
    match failure {
        BodyFailure::TooLarge(limit) => {
            Error::new(ErrorKind::TooLarge, format!("the answer is larger than {limit} bytes"))
        }
        BodyFailure::Silent(limit) => {
            ambiguous(ErrorKind::Timeout, &format!("the answer stopped half-way for {limit:?}"))
        }
        BodyFailure::Broken(source) => {
            ambiguous(ErrorKind::Connect, "the connection broke in the middle of the answer")
                .with_source(source)
        }
    }
}

fn ambiguous(kind: ErrorKind, message: &str) -> Error {
    Error::from_inner(Inner {
        kind: Some(kind),
        message: message.to_owned(),
        ambiguous: true,
        ..Inner::default()
    })
}

#[cfg(feature = "rustls-tls")]
fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    find::<rustls::Error>(error).is_some()
}

#[cfg(not(feature = "rustls-tls"))]
fn is_tls(_: &(dyn StdError + 'static)) -> bool {
    false
}

/// The first error of a type in a chain of causes.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // The `source` of an I/O error skips the error that it was made from.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    None
}
