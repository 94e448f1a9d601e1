//! Where objects are.

use object_store::path::Path;

use crate::artifact::Digest;
use crate::error::{Error, Result};
use crate::token::new_token;

/// Where the bytes of artifacts are.
pub(super) const BLOBS: &str = "blobs";

/// Where bytes are put together whose digest is not known yet.
pub(super) const INCOMING: &str = "incoming";

/// A key for these bytes that was never used before: one that was may have a deletion on its way.
pub(super) fn of_blob(digest: Digest) -> Result<String> {
    let digest = digest.to_string();
    Ok(format!("{BLOBS}/{}/{digest}-{}", &digest[..2], new_token()?))
}

/// A key for an upload.
pub(super) fn of_upload() -> Result<Path> {
    path(&format!("{INCOMING}/{}", new_token()?))
}

/// A key as the object store takes it.
pub(super) fn path(key: &str) -> Result<Path> {
    Path::parse(key)
        .map_err(|source| Error::corrupt("the key of an object cannot be one").with_source(source))
}
