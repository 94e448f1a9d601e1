//! Which files of a turn are wanted.

/// How large one file may be unless somebody says otherwise: 10 MiB.
pub const MAX_FILE_BYTES: u64 = 10 << 20;

/// Which files of a turn are wanted. Everything has a default.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::exchange::ToolArtifactsOptions;
///
/// let options = ToolArtifactsOptions::default().with_excluded(["report.html"]).with_max_file_bytes(1 << 20);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct ToolArtifactsOptions {
    excluded: Vec<String>,
    max_file_bytes: u64,
}

impl Default for ToolArtifactsOptions {
    fn default() -> Self {
        Self { excluded: Vec::new(), max_file_bytes: MAX_FILE_BYTES }
    }
}

impl ToolArtifactsOptions {
    /// Adds names of files, without folders, that somebody else takes care of: they are left out unsaid. None unless
    /// set.
    pub fn with_excluded<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.excluded.extend(names.into_iter().map(Into::into));
        self
    }

    /// Sets how many bytes one file may have: [`MAX_FILE_BYTES`] unless set. A larger one is said to be left out.
    pub fn with_max_file_bytes(mut self, bytes: u64) -> Self {
        self.max_file_bytes = bytes;
        self
    }

    pub(crate) fn max_file_bytes(&self) -> u64 {
        self.max_file_bytes
    }

    pub(crate) fn is_excluded(&self, name: &str) -> bool {
        self.excluded.iter().any(|excluded| excluded == name)
    }
}
