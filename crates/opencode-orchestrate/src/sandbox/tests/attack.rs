//! What an agent may do in the middle.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::stage::{LIMIT, Stage};

/// What an agent may do in the middle.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attack {
    /// The file becomes a link to one outside.
    Link,
    /// The file becomes another name of one outside.
    HardLinkOutside,
    /// The file gets another name.
    HardLink,
    Pipe,
    Socket,
    Folder,
    Gone,
    /// Another file takes its place.
    Other,
    /// It grows, and not above the limit.
    Grown,
    /// It grows above the limit.
    GrownTooLarge,
    /// Its folder becomes a link to one outside.
    FolderLink,
    /// The folder of the sandbox becomes a link to one outside.
    RootLink,
    /// The folder of the sandbox is another one.
    RootReplaced,
}

impl Attack {
    pub(super) const ALL: [Self; 13] = [
        Self::Link,
        Self::HardLinkOutside,
        Self::HardLink,
        Self::Pipe,
        Self::Socket,
        Self::Folder,
        Self::Gone,
        Self::Other,
        Self::Grown,
        Self::GrownTooLarge,
        Self::FolderLink,
        Self::RootLink,
        Self::RootReplaced,
    ];

    /// What does it, to a file of the sandbox.
    pub(super) fn on(self, stage: &Stage, file: &str) -> impl FnOnce() + 'static {
        let (inside, outside, file) = (stage.inside.clone(), stage.outside.clone(), stage.inside.join(file));
        move || self.carry_out(&inside, &outside, &file)
    }

    pub(super) fn carry_out(self, inside: &Path, outside: &Path, file: &Path) {
        let secret = outside.join("work.txt");
        let gone = || drop(std::fs::remove_file(file));
        match self {
            Self::Link => {
                gone();
                symlink(secret, file).unwrap();
            }
            Self::HardLinkOutside => {
                gone();
                std::fs::hard_link(secret, file).unwrap();
            }
            Self::HardLink => std::fs::hard_link(file, inside.join("other name")).unwrap(),
            Self::Pipe => {
                gone();
                mknodat(CWD, file, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
            }
            Self::Socket => {
                gone();
                drop(UnixListener::bind(file).unwrap());
            }
            Self::Folder => {
                gone();
                std::fs::create_dir(file).unwrap();
            }
            Self::Gone => gone(),
            Self::Other => {
                std::fs::write(inside.join("other"), "other work").unwrap();
                std::fs::rename(inside.join("other"), file).unwrap();
            }
            Self::Grown => append(file, b" and more"),
            Self::GrownTooLarge => append(file, &vec![b'x'; usize::try_from(LIMIT).unwrap()]),
            Self::FolderLink => {
                let folder = file.parent().unwrap();
                std::fs::rename(folder, inside.join("was deep")).unwrap();
                symlink(outside, folder).unwrap();
            }
            Self::RootLink => {
                std::fs::rename(inside, inside.with_extension("was")).unwrap();
                symlink(outside.parent().unwrap(), inside).unwrap();
                // A file of that path is there, too.
                drop(symlink(outside, outside.with_file_name("deep")));
            }
            Self::RootReplaced => {
                std::fs::rename(inside, inside.with_extension("was")).unwrap();
                std::fs::create_dir_all(inside.join("deep")).unwrap();
                std::fs::write(inside.join("deep/work.txt"), "of another sandbox").unwrap();
            }
        }
    }
}

fn append(file: &Path, bytes: &[u8]) {
    std::fs::OpenOptions::new().append(true).open(file).unwrap().write_all(bytes).unwrap();
}
