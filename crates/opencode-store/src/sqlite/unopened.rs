//! Why a file cannot be opened.

use std::fs::{File, OpenOptions, remove_file};
use std::io::{self, ErrorKind as IoErrorKind};
use std::path::Path;

use crate::error::{Error, ErrorKind};

/// Says more of an error that came of opening a file: SQLite says that it is `unable to open` it, and no more.
///
/// The file itself, its folder and the place for the files beside it are tried as SQLite does it. What is made for
/// that is removed again.
pub(super) fn explained(path: &Path, error: Error) -> Error {
    if error.kind() != ErrorKind::Unavailable {
        return error;
    }
    let Some((kind, message)) = reason(path) else { return error };
    Error::new(kind, message).with_source(error)
}

fn reason(path: &Path) -> Option<(ErrorKind, &'static str)> {
    if path.is_dir() {
        return Some((ErrorKind::InvalidConfig, "the path of the database names a folder"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Some((ErrorKind::Unavailable, "the folder of the database is not there"));
    }
    of_write(OpenOptions::new().write(true).open(path)).or_else(|| {
        let mut beside = path.as_os_str().to_owned();
        beside.push("-probe");
        let made = File::create_new(&beside);
        if made.is_ok() {
            let _gone = remove_file(&beside);
        }
        of_write(made)
    })
}

fn of_write(opened: io::Result<File>) -> Option<(ErrorKind, &'static str)> {
    match opened.err()?.kind() {
        IoErrorKind::ReadOnlyFilesystem | IoErrorKind::PermissionDenied => Some((
            ErrorKind::ReadOnly,
            "the database cannot be written: its file and its folder, where SQLite keeps files beside it, have to be writable",
        )),
        IoErrorKind::StorageFull | IoErrorKind::QuotaExceeded => {
            Some((ErrorKind::Full, "there is no room left for the database"))
        }
        _ => None,
    }
}
