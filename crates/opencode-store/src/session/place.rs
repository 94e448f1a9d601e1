//! Where an upstream session lives.

use crate::error::Result;
use crate::text::check_optional_key;

/// Where an upstream session lives: on which server, and in which directory there.
///
/// Both are kept with the session, so that whatever is asked about it later is asked where it is.
///
/// # Examples
///
/// ```
/// use opencode_store::session::SessionPlace;
///
/// let place = SessionPlace::new(Some("east".to_owned()), Some("/srv/projects/blue".to_owned()));
/// assert_ne!(place, SessionPlace::new(None, place.directory.clone()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct SessionPlace {
    /// The name by which the host knows the server, of at most 512 bytes; none for a host that has only one.
    ///
    /// It is a name and not an address, so that a server may move.
    pub server: Option<String>,
    /// The directory that the session works in, of at most 512 bytes; the server's own when there is none.
    pub directory: Option<String>,
}

impl SessionPlace {
    /// A directory on a server.
    #[must_use]
    pub fn new(server: Option<String>, directory: Option<String>) -> Self {
        Self { server, directory }
    }

    /// Checks that it can be stored.
    pub(crate) fn check(&self) -> Result<()> {
        check_optional_key("name of the server", self.server.as_deref().unwrap_or_default())?;
        check_optional_key("directory", self.directory.as_deref().unwrap_or_default())
    }
}
