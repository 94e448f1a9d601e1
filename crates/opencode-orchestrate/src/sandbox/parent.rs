//! From the root to the folder of a file, one folder after the other.

use std::io;

use cap_fs_ext::DirExt as _;
use cap_std::fs::Dir;
use opencode_store::artifact::ArtifactName;

use super::Refusal;
use super::point::{Point, reach};

/// The folder of a file, and what the file is called in it.
///
/// Each folder is opened by its name in the one above and never as a link, so that no path is ever resolved by the
/// operating system.
pub(super) fn parent<'a>(root: &Dir, name: &'a ArtifactName) -> Result<(Dir, &'a str), Refusal> {
    walk(root, name, open)
}

/// The same, with folders that are missing made.
pub(super) fn parent_or_new<'a>(root: &Dir, name: &'a ArtifactName) -> Result<(Dir, &'a str), Refusal> {
    walk(root, name, |folder, part| match open(folder, part) {
        Err(Refusal::NotThere) => {
            match folder.create_dir(part) {
                Ok(()) => {}
                // Somebody else was faster. What is there is looked at when it is opened.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Refusal::of(&error)),
            }
            open(folder, part)
        }
        opened => opened,
    })
}

fn walk<'a>(
    root: &Dir,
    name: &'a ArtifactName,
    enter: impl Fn(&Dir, &str) -> Result<Dir, Refusal>,
) -> Result<(Dir, &'a str), Refusal> {
    let mut folder = root.try_clone().map_err(|error| Refusal::of(&error))?;
    let mut parts = name.as_str().split('/');
    let file = parts.next_back().unwrap_or_default();
    for part in parts {
        reach(Point::Entering);
        folder = enter(&folder, part)?;
    }
    reach(Point::Entered);
    Ok((folder, file))
}

/// Opens a folder by its name, unless it is a link.
pub(super) fn open(folder: &Dir, name: &str) -> Result<Dir, Refusal> {
    folder.open_dir_nofollow(name).map_err(|error| match folder.symlink_metadata(name) {
        Ok(found) if found.is_symlink() => Refusal::Link,
        // A file has nothing in it.
        Ok(found) if !found.is_dir() => Refusal::NotThere,
        _ => Refusal::of(&error),
    })
}
