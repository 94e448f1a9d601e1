//! What a session is bound to, and how a change of it is noticed.

use opencode_wire::model::PermissionRule;

use super::SessionPlace;

/// How a subject's upstream session should be.
///
/// The model is not part of it: the server takes the model with each prompt, so a change of it costs nothing.
///
/// The server is only where a new upstream session is made. One that is there stays where its record says, because
/// what its agent knows is there: it is not replaced for the sake of another server.
///
/// # Examples
///
/// ```
/// use opencode_store::session::SessionConfig;
///
/// let blue = SessionConfig::new("/srv/projects/blue").with_title("Blue");
/// let green = SessionConfig::new("/srv/projects/green").with_title("Blue");
/// assert_ne!(blue.fingerprint("build"), green.fingerprint("build"));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct SessionConfig {
    /// The name of the server that a new upstream session is made on; none for the only one. A session that is there
    /// already is not moved by another name.
    pub server: Option<String>,
    /// The directory that the server works in; its own when there is none.
    pub directory: Option<String>,
    /// What the session is called; a change of it changes nothing else.
    pub title: Option<String>,
    /// What its agents may do; the last rule that matches wins.
    pub permissions: Vec<PermissionRule>,
}

impl SessionConfig {
    /// A session in a directory.
    #[must_use]
    pub fn new(directory: impl Into<String>) -> Self {
        Self { directory: Some(directory.into()), ..Self::default() }
    }

    /// Sets on which server a new upstream session is made, by the name that the host has for it. By default none.
    ///
    /// A process of a version that knows no servers takes every session for one of its only server. So name a server
    /// when no such process works on the store any more.
    #[must_use]
    pub fn with_server(mut self, server: impl Into<String>) -> Self {
        self.server = Some(server.into());
        self
    }

    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets what its agents may do, in order.
    #[must_use]
    pub fn with_permissions(mut self, rules: Vec<PermissionRule>) -> Self {
        self.permissions = rules;
        self
    }

    /// Where a new upstream session is made.
    pub(crate) fn place(&self) -> SessionPlace {
        SessionPlace::new(self.server.clone(), self.directory.clone())
    }

    /// What a session with this configuration is bound to. The server and the title are no part of it.
    #[must_use]
    pub fn fingerprint(&self, agent: &str) -> ConfigFingerprint {
        let rules: Vec<String> =
            self.permissions.iter().map(|rule| serde_json::to_string(rule).unwrap_or_default()).collect();
        ConfigFingerprint {
            binding: digest(["binding/1", agent, self.directory.as_deref().unwrap_or_default()]),
            permissions: digest(std::iter::once("permissions/1").chain(rules.iter().map(String::as_str))),
        }
    }
}

/// What an upstream session is bound to, as two digests.
///
/// The server cannot change the first, so another one means another session and a lost context. The second is
/// brought up to date on the server when it differs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ConfigFingerprint {
    /// Directory and agent.
    pub binding: String,
    /// Permission rules, in order.
    pub permissions: String,
}

impl ConfigFingerprint {
    /// Takes two digests that [`SessionConfig::fingerprint`] made.
    #[must_use]
    pub fn new(binding: impl Into<String>, permissions: impl Into<String>) -> Self {
        Self { binding: binding.into(), permissions: permissions.into() }
    }
}

/// Sixteen hexadecimal digits over all texts. Each is preceded by its length, so that no two lists are written alike.
fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use opencode_wire::model::{PermissionAction, PermissionRule};

    use super::*;

    #[test]
    fn the_title_is_not_part_of_it_and_the_order_of_rules_is() {
        let allow = PermissionRule::new("bash", "*", PermissionAction::Allow);
        let deny = PermissionRule::new("bash", "*", PermissionAction::Deny);
        let plain = SessionConfig::new("/a");
        assert_eq!(plain.fingerprint("x"), plain.clone().with_title("t").fingerprint("x"));
        let one = plain.clone().with_permissions(vec![allow.clone(), deny.clone()]).fingerprint("x");
        let other = plain.clone().with_permissions(vec![deny, allow]).fingerprint("x");
        assert_eq!(one.binding, other.binding);
        assert_ne!(one.permissions, other.permissions);
    }

    #[test]
    fn the_server_is_not_part_of_it() {
        let (east, west) = (SessionConfig::new("/a").with_server("east"), SessionConfig::new("/a"));
        assert_eq!(east.fingerprint("x"), west.fingerprint("x"));
        assert_ne!(east.place(), west.place());
    }

    #[test]
    fn neighbours_cannot_be_moved_into_each_other() {
        assert_ne!(SessionConfig::new("bc").fingerprint("a"), SessionConfig::new("c").fingerprint("ab"));
    }
}
