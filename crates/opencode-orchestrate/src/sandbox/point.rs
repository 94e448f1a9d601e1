//! Places between two calls of the operating system, where an agent may be faster.

/// A place between two calls of the operating system. In tests something happens there, by what `tests::meddle` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// It was looked what is at the path of the root.
    RootLooked,
    /// The root was opened.
    RootOpened,
    /// A name of a folder was read, and not looked at yet.
    Listed,
    /// A folder is about to be opened.
    Entering,
    /// The folder of a file was opened.
    Entered,
    /// It was looked what the file is.
    Looked,
    /// The file was opened.
    Opened,
    /// The file was looked at again.
    Checked,
    /// The file was read.
    Read,
    /// A temporary file was made.
    Made,
    /// Everything was written into the temporary file.
    Written,
    /// The temporary file has its name.
    Renamed,
}

/// Here an agent may be faster.
#[cfg(not(test))]
pub(super) const fn reach(_: Point) {}

#[cfg(test)]
pub(super) use super::tests::meddle::reach;
