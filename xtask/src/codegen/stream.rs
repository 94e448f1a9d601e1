//! From the description of an event stream to the type of what it tells.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::shape::Shapes;
use crate::spec::document::{entries, reference};

impl Shapes<'_> {
    /// Reads what the events of an operation are, if it is a stream of events.
    pub(super) fn stream(&mut self, id: &str, responses: &Value) -> Result<()> {
        let good = entries(responses).into_iter().filter(|(status, _)| status.starts_with('2'));
        for (_, response) in good {
            let schema = &response["content"]["text/event-stream"]["schema"];
            if !schema.is_null() {
                let name =
                    self.event(schema).with_context(|| format!("{id}: the events have no name"))?.to_owned();
                self.named(&name)?;
                self.streams.push((id.to_owned(), name));
            }
        }
        Ok(())
    }

    /// The schema of an event: what the stream refers to, or what is said to be the text of a field `data`.
    fn event<'s>(&'s self, schema: &'s Value) -> Option<&'s str> {
        let Some(name) = reference(schema) else { return self.event(schema["properties"].get("data")?) };
        match self.document.schema(name).ok()?.get("contentSchema") {
            Some(content) => self.event(content),
            None => Some(name),
        }
    }
}
