//! What the server says when it refuses an operation, as a type.

use super::{Operation, Refusal};
use crate::error::Error;
use crate::model::Json;

impl Error {
    /// The server's refusal of an operation, by its documented shape; `None` if the error is no refusal, or one whose
    /// body was no text or larger than 64 KiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use opencode_wire::operations::session::SessionGet;
    /// use opencode_wire::operations::{Operation, Refusal};
    ///
    /// let body = br#"{"name":"NotFoundError","data":{"message":"Session not found: ses_1"}}"#;
    /// match SessionGet::refusal(404, body) {
    ///     Refusal::NotFoundError(error) => assert!(error.data.message.ends_with("ses_1")),
    ///     other => panic!("{other:?}"),
    /// }
    /// ```
    ///
    /// With a client it is `error.refusal::<SessionGet>()`.
    #[must_use]
    pub fn refusal<O: Operation>(&self) -> Option<Refusal> {
        Some(O::refusal(self.status()?, self.server_body()?.as_bytes()))
    }
}

/// Reads a refusal: as one of those that are documented for its status, and else by the name that it has itself.
#[inline]
pub(super) fn read(documented: &[(u16, &'static str)], status: u16, body: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(body);
    let json: Json =
        serde_json::from_str(&text).unwrap_or_else(|_| Json::from(serde_json::Value::from(text)));
    let here = documented.iter().filter(|(known, _)| *known == status).map(|(_, schema)| *schema);
    let found = here.chain(Refusal::TOLD.iter().copied()).find_map(|schema| Refusal::of(schema, &json));
    found.unwrap_or(Refusal::Unknown(json))
}

/// Declares the enum of all refusals.
macro_rules! refusals {
    (
        $(#[$meta:meta])*
        $name:ident { $( $variant:ident($type:ty) = $schema:literal, )* }
        told { $($told:literal),* }
    ) => {
        $crate::operations::variants::declare! { $(#[$meta])* $name { $( $variant($type), $schema; )* } }

        impl $name {
            /// Schemas that are told by a text of their own.
            pub(in crate::operations) const TOLD: &'static [&'static str] = &[$($told),*];

            /// What the description calls it; `None` if it does not know it.
            #[inline]
            #[must_use]
            pub fn schema(&self) -> Option<&'static str> {
                match self {
                    $( Self::$variant(_) => Some($schema), )*
                    Self::Unknown(_) => None,
                }
            }

            /// Reads it as what the description calls so.
            #[inline]
            pub(in crate::operations) fn of(schema: &str, json: &$crate::model::Json) -> Option<Self> {
                match schema {
                    $( $schema => $crate::operations::variants::attempt(json).map(Self::$variant), )*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use refusals;
