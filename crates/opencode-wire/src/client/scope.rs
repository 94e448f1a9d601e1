//! What a client works on: a directory and a workspace, named in the query of every scoped request.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::ids::WorkspaceId;

/// The directory and the workspace of a client.
#[derive(Clone, Default)]
pub(super) struct Scope {
    pub(super) directory: Option<Arc<str>>,
    pub(super) workspace: Option<WorkspaceId>,
}

impl Scope {
    /// Sets the directory.
    pub(super) fn set_directory(&mut self, directory: &Path) -> Result<(), Error> {
        // The server reads the query as UTF-8 and would look into another directory.
        let text = directory.to_str().ok_or_else(|| {
            Error::new(ErrorKind::InvalidConfig, "the path of the directory is not valid UTF-8")
        })?;
        if text.is_empty() {
            return Err(Error::new(ErrorKind::InvalidConfig, "the path of the directory is empty"));
        }
        self.directory = Some(text.into());
        Ok(())
    }
}
