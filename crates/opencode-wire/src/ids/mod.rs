//! Identifiers as the server writes them: a prefix, twelve hexadecimal digits of time, fourteen random characters.
//!
//! Ids are opaque newtypes: they parse, print, compare and serialise, nothing else.
//! Parsing from text written by a person ([`FromStr`](std::str::FromStr)) checks the prefix; decoding what a server
//! sent does not, because a server of another version may know better.

mod ascending;
mod repr;

pub use self::ascending::{AscendingClock, Clock, SystemClock};
use self::repr::Repr;
use crate::error::Error;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Repr);

        impl $name {
            /// What every id of this kind starts with; empty where the server prescribes nothing.
            pub const PREFIX: &'static str = $prefix;

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// Takes text that a server sent, without checking its prefix.
            #[must_use]
            pub fn from_wire(text: &str) -> Self {
                Self(Repr::new(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                if text.starts_with(Self::PREFIX) && text.len() > Self::PREFIX.len() {
                    Ok(Self(Repr::new(text)))
                } else {
                    Err(Error::invalid_id(stringify!($name), Self::PREFIX, text))
                }
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(repr::ReprVisitor).map(Self)
            }
        }
    };
}

id!(
    /// A session: `ses_…`. New sessions sort before older ones.
    SessionId,
    "ses"
);
id!(
    /// A message: `msg_…`. Messages of one server sort by the time they were made.
    MessageId,
    "msg"
);
id!(
    /// A part of a message: `prt_…`. Parts of one message sort in reading order.
    PartId,
    "prt"
);
id!(
    /// An event: `evt_…`. The same event has the same id on every stream.
    EventId,
    "evt"
);
id!(
    /// A permission request: `per_…`.
    PermissionId,
    "per"
);
id!(
    /// A question: `que_…`.
    QuestionId,
    "que"
);
id!(
    /// A call of a tool, named by the model provider; no prefix is prescribed.
    CallId,
    ""
);
id!(
    /// A project: the server derives it from the repository; no prefix is prescribed.
    ProjectId,
    ""
);
id!(
    /// A workspace: `wrk_…`.
    WorkspaceId,
    "wrk"
);
id!(
    /// A pseudo-terminal: `pty_…`.
    PtyId,
    "pty"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsing_checks_the_prefix_and_decoding_does_not() {
        assert_eq!("ses_1".parse::<SessionId>().unwrap().as_str(), "ses_1");
        let error = "msg_1".parse::<SessionId>().unwrap_err();
        insta::assert_snapshot!(error, @r#"not a SessionId: "msg_1" does not start with `ses`"#);
        let decoded: SessionId = serde_json::from_str("\"other\"").unwrap();
        assert_eq!(decoded.as_str(), "other");
    }

    #[test]
    fn long_ids_compare_and_sort_like_short_ones() {
        let long = SessionId::from_wire(&format!("ses_{}", "a".repeat(200)));
        let short = SessionId::from_wire("ses_b");
        assert!(long < short);
        assert_eq!(long, long.clone());
        assert_eq!(serde_json::to_string(&long).unwrap().len(), 206);
    }
}
