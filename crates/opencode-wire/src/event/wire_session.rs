//! How the events of a session are read where derived code is not enough.

use std::fmt;
use std::sync::Arc;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use super::{DeltaField, MessageUpdated, PartUpdated, SessionChanged};
use crate::ids::SessionId;
use crate::model::{Message, Part, Session};

/// The content of an event that only says which session it is about.
#[derive(Deserialize)]
pub(super) struct OnlySession {
    #[serde(rename = "sessionID")]
    pub(super) session_id: SessionId,
}

/// Reads text straight into shared memory, without a `String` between.
pub(super) fn shared_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    struct TextVisitor;

    impl Visitor<'_> for TextVisitor {
        type Value = Arc<str>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a text")
        }

        fn visit_str<E>(self, text: &str) -> Result<Arc<str>, E> {
            Ok(Arc::from(text))
        }
    }

    deserializer.deserialize_str(TextVisitor)
}

impl<'de> Deserialize<'de> for DeltaField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;

        impl Visitor<'_> for FieldVisitor {
            type Value = DeltaField;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the name of a field")
            }

            fn visit_str<E>(self, text: &str) -> Result<DeltaField, E> {
                Ok(match text {
                    "text" => DeltaField::Text,
                    "reasoning" => DeltaField::Reasoning,
                    other => DeltaField::Unknown(other.into()),
                })
            }
        }

        deserializer.deserialize_str(FieldVisitor)
    }
}

impl<'de> Deserialize<'de> for PartUpdated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Servers before 1.2 add the growth as `delta`: the part has it already.
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default, rename = "sessionID")]
            session_id: Option<SessionId>,
            part: Part,
        }

        let wire = Wire::deserialize(deserializer)?;
        let session_id = wire.session_id.unwrap_or_else(|| wire.part.session_id.clone());
        Ok(Self { session_id, part: wire.part })
    }
}

impl<'de> Deserialize<'de> for MessageUpdated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default, rename = "sessionID")]
            session_id: Option<SessionId>,
            info: Message,
        }

        let wire = Wire::deserialize(deserializer)?;
        let session_id = wire.session_id.unwrap_or_else(|| wire.info.session_id.clone());
        Ok(Self { session_id, info: wire.info })
    }
}

impl<'de> Deserialize<'de> for SessionChanged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default, rename = "sessionID")]
            session_id: Option<SessionId>,
            info: Session,
        }

        let wire = Wire::deserialize(deserializer)?;
        let session_id = wire.session_id.unwrap_or_else(|| wire.info.id.clone());
        Ok(Self { session_id, info: wire.info })
    }
}
