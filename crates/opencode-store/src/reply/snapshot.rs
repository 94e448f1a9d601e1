//! What changed of a reply since it was last stored.

use opencode_wire::ids::PartId;

use super::{PartWrite, StepUsage};
use crate::error::{Error, Result};
use crate::text::{check_key, check_text};

use super::PartBody;

/// What changed of a reply since it was last stored. It is written whole or not at all.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Snapshot {
    /// Parts that changed.
    pub parts: Vec<PartWrite>,
    /// Parts that are no longer part of the reply.
    pub removed: Vec<PartId>,
    /// Steps that ended.
    pub usage: Vec<StepUsage>,
}

impl Snapshot {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.removed.is_empty() && self.usage.is_empty()
    }

    /// Checks that every database can store it.
    pub(crate) fn check(&self) -> Result<()> {
        for part in &self.parts {
            check_key("part id", part.part_id.as_str())?;
            check_key("session id of the part", part.session_id.as_str())?;
            match &part.body {
                PartBody::Whole { body, growing } => {
                    check_text("part", body.as_str())?;
                    if let Some(growing) = growing {
                        check_key("growing field", &growing.field)?;
                        check_text("growing text", &growing.text)?;
                    }
                }
                PartBody::Grown { text, .. } => check_text("growing text", text)?,
            }
        }
        for step in &self.usage {
            check_key("step id", step.step_id.as_str())?;
        }
        let mut ids: Vec<&str> = self.parts.iter().map(|part| part.part_id.as_str()).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::invalid("a snapshot holds the same part twice"));
        }
        Ok(())
    }
}
