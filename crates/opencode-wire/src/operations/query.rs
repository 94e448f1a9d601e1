//! The query of a request.

use std::fmt;

use super::Location;
use crate::encode::push_encoded;

/// Names of the two fields of a [`Location`].
pub(super) const LOCATION: [&str; 2] = ["location[directory]", "location[workspace]"];

/// Names and values of a query, in order, as they are and not escaped; [`Display`](fmt::Display) escapes them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Adds a parameter.
    pub fn push(&mut self, name: &'static str, value: impl fmt::Display) {
        self.0.push((name, value.to_string()));
    }

    /// Adds a parameter if there is a value.
    pub fn push_some(&mut self, name: &'static str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    pub(super) fn push_location(&mut self, location: Option<&Location>) {
        if let Some(location) = location {
            self.push_some(LOCATION[0], location.directory.as_ref());
            self.push_some(LOCATION[1], location.workspace.as_ref());
        }
    }

    /// Whether a parameter is there.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Name and value of each.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// As it stands behind the `?` of a URL.
impl fmt::Display for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (name, value) in self.iter() {
            if !text.is_empty() {
                text.push('&');
            }
            push_encoded(&mut text, name);
            text.push('=');
            push_encoded(&mut text, value);
        }
        formatter.write_str(&text)
    }
}

/// The names only: a value may be a directory or a ticket.
impl fmt::Debug for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}
