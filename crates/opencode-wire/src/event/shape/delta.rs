//! `message.part.delta`.

use super::Rest;
use crate::event::{DeltaField, EventKind, PartDelta};
use crate::ids::{MessageId, PartId, SessionId};

/// Reads what follows the session, up to the end of the properties.
pub(super) fn read(session_id: &str, rest: &mut Rest<'_>) -> Option<EventKind> {
    rest.take(r#","messageID":""#)?;
    let message_id = rest.plain_text()?;
    rest.take(r#","partID":""#)?;
    let part_id = rest.plain_text()?;
    rest.take(r#","field":"text","delta":""#)?;
    let delta = rest.text()?;
    Some(EventKind::PartDelta(PartDelta {
        session_id: SessionId::from_wire(session_id),
        message_id: MessageId::from_wire(message_id),
        part_id: PartId::from_wire(part_id),
        field: DeltaField::Text,
        delta: delta.into(),
    }))
}
