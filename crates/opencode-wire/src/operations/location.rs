//! Where a request of the newer routes is meant.

use crate::ids::WorkspaceId;

/// A directory of the server's file system, a workspace, or both.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Location {
    /// The directory; the client's own if `None`.
    pub directory: Option<String>,
    /// The workspace; the client's own if `None`.
    pub workspace: Option<WorkspaceId>,
}

impl Location {
    /// A directory of the server's file system.
    pub fn directory(directory: impl Into<String>) -> Self {
        Self { directory: Some(directory.into()), workspace: None }
    }

    /// A workspace.
    #[must_use]
    pub fn workspace(workspace: WorkspaceId) -> Self {
        Self { directory: None, workspace: Some(workspace) }
    }
}

/// The directory is nobody's business.
impl std::fmt::Debug for Location {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Location")
    }
}
