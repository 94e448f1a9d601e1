//! `message.part.updated` with a text.

use super::Rest;
use crate::event::{EventKind, PartUpdated};
use crate::ids::{MessageId, PartId, SessionId};
use crate::model::{Extra, Part, PartKind, PartTime, TextPart, Timestamp};

/// Reads what follows the session, up to the end of the properties. The fields of the part come in any order.
pub(super) fn read(session_id: &str, rest: &mut Rest<'_>) -> Option<EventKind> {
    rest.take(r#","part":{"#)?;
    let (mut id, mut part_session_id, mut message_id) = (None, None, None);
    let (mut type_name, mut text, mut time) = (None, None, None);
    loop {
        rest.take("\"")?;
        let key = rest.plain_text()?;
        rest.take(":")?;
        let is_first = match key {
            "id" => id.replace(rest.quoted_plain_text()?).is_none(),
            "sessionID" => part_session_id.replace(rest.quoted_plain_text()?).is_none(),
            "messageID" => message_id.replace(rest.quoted_plain_text()?).is_none(),
            "type" => type_name.replace(rest.quoted_plain_text()?).is_none(),
            "text" => {
                rest.take("\"")?;
                text.replace(rest.text()?).is_none()
            }
            "time" => time.replace(read_time(rest)?).is_none(),
            _ => false,
        };
        if !is_first {
            return None;
        }
        if rest.take(",").is_none() {
            break;
        }
    }
    rest.take("},\"time\":")?;
    rest.integer()?;

    let text = TextPart { text: text?.into_owned(), time, ..TextPart::default() };
    let kind = match type_name? {
        "text" => PartKind::Text(text),
        "reasoning" => PartKind::Reasoning(text),
        _ => return None,
    };
    let part = Part {
        id: PartId::from_wire(id?),
        session_id: SessionId::from_wire(part_session_id?),
        message_id: MessageId::from_wire(message_id?),
        kind,
        extra: Extra::default(),
    };
    Some(EventKind::PartUpdated(Box::new(PartUpdated { session_id: SessionId::from_wire(session_id), part })))
}

fn read_time(rest: &mut Rest<'_>) -> Option<PartTime> {
    rest.take("{\"start\":")?;
    let start = Timestamp::from_millis(rest.integer()?);
    let end = match rest.take(",\"end\":") {
        Some(()) => Some(Timestamp::from_millis(rest.integer()?)),
        None => None,
    };
    rest.take("}")?;
    Some(PartTime { start: Some(start), end, ..PartTime::default() })
}
