//! How much is taken of a person.

/// How many bytes all files of a set have together at most, unless that is set.
const MAX_TOTAL_BYTES: u64 = 100 * 1024 * 1024;

/// How many files a set has at most, unless that is set.
const MAX_FILES: usize = 20;

/// How much is taken at once. What is above a limit is an error, and nothing is left out in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadLimits {
    /// How many bytes a file has at most: as many as the files of the sandbox may have, which is never exceeded, unless
    /// this is less.
    pub max_file_bytes: u64,
    /// How many bytes all files have together at most: 100 MiB.
    pub max_total_bytes: u64,
    /// How many files there are at most: 20. Each keeps two descriptors open until all have arrived.
    pub max_files: usize,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self { max_file_bytes: u64::MAX, max_total_bytes: MAX_TOTAL_BYTES, max_files: MAX_FILES }
    }
}

impl UploadLimits {
    /// Sets how many bytes a file has at most.
    #[must_use]
    pub const fn with_max_file_bytes(mut self, bytes: u64) -> Self {
        self.max_file_bytes = bytes;
        self
    }

    /// Sets how many bytes all files have together at most.
    #[must_use]
    pub const fn with_max_total_bytes(mut self, bytes: u64) -> Self {
        self.max_total_bytes = bytes;
        self
    }

    /// Sets how many files there are at most.
    #[must_use]
    pub const fn with_max_files(mut self, files: usize) -> Self {
        self.max_files = files;
        self
    }
}
