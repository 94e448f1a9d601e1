//! What is at a path that a tool has said, in the sandbox of its agent.

use super::artifacts::Looked;
use super::dropped::DropReason;
use crate::sandbox::{Refusal, Refused, Sandbox};

/// What is at a path, if it is in the sandbox and a file.
pub(super) fn look(sandbox: &Sandbox, path: &str) -> Looked {
    let name = sandbox.name_of(path).ok_or(DropReason::Outside)?;
    match sandbox.file(&name).and_then(|file| file.read()) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Refused { why: Refusal::NotThere, .. }) => Ok(None),
        Err(refused) => Err(DropReason::of(refused.why)),
    }
}

impl DropReason {
    pub(crate) fn of(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotThere => Self::Gone,
            Refusal::TooLarge { limit } => Self::TooLarge { limit },
            why => Self::Unsafe { why },
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn w54_a_file_is_read_where_the_server_says_that_it_is() {
        let home = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::create(home.path().join("box")).unwrap();
        sandbox.write(&"src/a.rs".parse().unwrap(), b"fn a() {}").unwrap();
        let absolute = sandbox.path().join("src/a.rs");
        for path in ["src/a.rs", "./src/../src/a.rs", absolute.to_str().unwrap()] {
            assert_eq!(look(&sandbox, path).unwrap().as_deref(), Some(b"fn a() {}".as_slice()), "{path}");
        }
        assert_eq!(look(&sandbox, "src/b.rs"), Ok(None));
    }

    #[test]
    fn g20_what_is_elsewhere_or_a_link_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("secret"), "secret").unwrap();
        let sandbox = Sandbox::create(home.path().join("box")).unwrap();
        std::os::unix::fs::symlink("../secret", sandbox.path().join("link")).unwrap();
        for path in ["../secret", "/etc/passwd", home.path().join("secret").to_str().unwrap()] {
            assert_eq!(look(&sandbox, path), Err(DropReason::Outside), "{path}");
        }
        assert_eq!(look(&sandbox, "link"), Err(DropReason::Unsafe { why: Refusal::Link }));
    }
}
