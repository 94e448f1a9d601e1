//! What an error of a database means.

use std::error::Error as StdError;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::{Error, ErrorKind};

/// Why a query body stopped: for a reason of ours, or because the database said so.
///
/// It is apart from [`Error`], so that no type of the database library gets into a public signature.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A reason of ours, such as a lost lease.
    Refused(Error),
    /// The database's.
    Database(DieselError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<DieselError> for Failure {
    fn from(error: DieselError) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Refused(error) => error,
            Self::Database(error) => of_query(error),
        }
    }
}

/// What a failed query means.
pub(crate) fn of_query(error: DieselError) -> Error {
    let (kind, message) = match &error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
            (ErrorKind::Conflict, "somebody else has stored the same")
        }
        DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
            (ErrorKind::NotFound, "what it belongs to is not stored")
        }
        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => {
            (ErrorKind::ReadOnly, "the database cannot be written")
        }
        DieselError::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        ) => (ErrorKind::Unavailable, "the connection to the database is lost"),
        DieselError::DatabaseError(_, information) => {
            of_message(information.message()).unwrap_or((ErrorKind::Unavailable, "the database failed"))
        }
        DieselError::DeserializationError(_) => (ErrorKind::Corrupt, "a stored row has another shape"),
        DieselError::SerializationError(_) | DieselError::QueryBuilderError(_) => {
            (ErrorKind::InvalidInput, "a value cannot be stored")
        }
        _ => (ErrorKind::Unavailable, "the database failed"),
    };
    Error::new(kind, message).with_source(error)
}

/// What a failed connection means.
pub(crate) fn of_connection(error: impl StdError + Send + Sync + 'static) -> Error {
    let unknown = (ErrorKind::Unavailable, "the database cannot be reached");
    let (kind, message) = of_message(&chain(&error)).unwrap_or(unknown);
    Error::new(kind, message).with_source(error)
}

/// The library passes the codes of the databases on as text only, so their texts are read: here and nowhere else.
fn of_message(message: &str) -> Option<(ErrorKind, &'static str)> {
    const MEANINGS: &[(&str, ErrorKind, &str)] = &[
        ("no such table", ErrorKind::SchemaMissing, "the tables are missing: run `migrate()`"),
        ("no such column", ErrorKind::SchemaMissing, "a column is missing: run `migrate()`"),
        ("does not exist", ErrorKind::SchemaMissing, "something is missing in the database: run `migrate()`"),
        ("disk is full", ErrorKind::Full, "there is no room left for the database"),
        ("No space left", ErrorKind::Full, "there is no room left for the database"),
        ("readonly database", ErrorKind::ReadOnly, "the database cannot be written"),
        ("read-only transaction", ErrorKind::ReadOnly, "the database cannot be written"),
        (
            "malformed",
            ErrorKind::Corrupt,
            "the database is damaged: restore it, or recover it with `sqlite3 .recover`",
        ),
        ("not a database", ErrorKind::Corrupt, "the file is not a database"),
        ("checksum", ErrorKind::Corrupt, "the database is damaged"),
        ("invalid page", ErrorKind::Corrupt, "the database is damaged"),
        ("locked", ErrorKind::Unavailable, "the database was locked for too long"),
        (
            "unable to open",
            ErrorKind::Unavailable,
            "the database file cannot be opened: is its folder there, and may it be written?",
        ),
        (
            "password authentication",
            ErrorKind::InvalidConfig,
            "the database refuses the user or the password",
        ),
    ];
    MEANINGS.iter().find(|(text, ..)| message.contains(text)).map(|&(_, kind, meaning)| (kind, meaning))
}

fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}
