//! What the errors of object stores mean.

use std::error::Error as StdError;
use std::io;

use crate::error::{Error, ErrorKind};

/// What was to be done with objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Reading, or listing.
    Read,
    /// Writing, or deleting.
    Write,
}

/// What the error of an object store means.
pub(super) fn failure(access: Access, source: object_store::Error) -> Error {
    let kind = kind(access, &source);
    let message = match (kind, access) {
        (ErrorKind::Full, _) => "there is no room left where the bytes of artifacts are",
        (ErrorKind::ReadOnly, _) => "the bytes of artifacts cannot be written where they are",
        (ErrorKind::InvalidConfig, _) => "the place of the artifacts' bytes is missing or closed",
        (ErrorKind::Unsupported, _) => "the object store cannot do what artifacts need",
        (ErrorKind::Corrupt, _) => "the bytes of the artifact are gone",
        (_, Access::Read) => "the bytes of artifacts cannot be read",
        (_, Access::Write) => "the bytes of artifacts cannot be stored",
    };
    Error::new(kind, message).with_source(source)
}

/// What an error of the file system means.
#[cfg(feature = "fs")]
pub(super) fn file_failure(source: io::Error) -> Error {
    failure(Access::Write, object_store::Error::Generic { store: "folder", source: source.into() })
}

fn kind(access: Access, error: &object_store::Error) -> ErrorKind {
    use object_store::Error as Object;

    match (error, access) {
        (Object::NotImplemented { .. } | Object::NotSupported { .. }, _) => ErrorKind::Unsupported,
        (Object::NotFound { .. }, Access::Read) => ErrorKind::Corrupt,
        (Object::PermissionDenied { .. }, Access::Write) => ErrorKind::ReadOnly,
        // What is written into need not be there, so it is the bucket that is missing.
        (
            Object::NotFound { .. }
            | Object::PermissionDenied { .. }
            | Object::Unauthenticated { .. }
            | Object::UnknownConfigurationKey { .. },
            _,
        ) => ErrorKind::InvalidConfig,
        _ => io_kind(error).and_then(|kind| of_io(access, kind)).unwrap_or(ErrorKind::Unavailable),
    }
}

fn of_io(access: Access, kind: io::ErrorKind) -> Option<ErrorKind> {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(ErrorKind::Full),
        io::ErrorKind::ReadOnlyFilesystem => Some(ErrorKind::ReadOnly),
        io::ErrorKind::PermissionDenied if access == Access::Write => Some(ErrorKind::ReadOnly),
        io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory => Some(ErrorKind::InvalidConfig),
        _ => None,
    }
}

/// The error of the operating system behind it.
fn io_kind(error: &object_store::Error) -> Option<io::ErrorKind> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(access: Access, error: object_store::Error) -> String {
        let error = failure(access, error);
        format!("{:?}: {error}", error.kind())
    }

    fn io(access: Access, kind: io::ErrorKind) -> String {
        text(access, object_store::Error::Generic { store: "test", source: io::Error::from(kind).into() })
    }

    #[test]
    fn errors_of_the_disk_are_told_apart() {
        insta::assert_snapshot!(io(Access::Write, io::ErrorKind::StorageFull), @"Full: there is no room left where the bytes of artifacts are");
        insta::assert_snapshot!(io(Access::Write, io::ErrorKind::ReadOnlyFilesystem), @"ReadOnly: the bytes of artifacts cannot be written where they are");
        insta::assert_snapshot!(io(Access::Write, io::ErrorKind::PermissionDenied), @"ReadOnly: the bytes of artifacts cannot be written where they are");
        insta::assert_snapshot!(io(Access::Read, io::ErrorKind::PermissionDenied), @"InvalidConfig: the place of the artifacts' bytes is missing or closed");
        insta::assert_snapshot!(io(Access::Read, io::ErrorKind::ConnectionReset), @"Unavailable: the bytes of artifacts cannot be read");
        insta::assert_snapshot!(io(Access::Write, io::ErrorKind::ConnectionRefused), @"Unavailable: the bytes of artifacts cannot be stored");
    }

    #[test]
    fn errors_of_object_stores_are_told_apart() {
        let missing =
            || object_store::Error::NotFound { path: "blobs/x".to_owned(), source: "no such key".into() };
        insta::assert_snapshot!(text(Access::Read, missing()), @"Corrupt: the bytes of the artifact are gone");
        insta::assert_snapshot!(text(Access::Write, missing()), @"InvalidConfig: the place of the artifacts' bytes is missing or closed");
        let unsupported = object_store::Error::NotSupported { source: "copy".into() };
        insta::assert_snapshot!(text(Access::Write, unsupported), @"Unsupported: the object store cannot do what artifacts need");
    }
}
