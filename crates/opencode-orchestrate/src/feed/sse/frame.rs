//! Items as server-sent events, and the cursor that a browser sends back.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;

use super::super::{FeedEnd, FeedItem};

/// A comment, by which nothing is told but that the connection lives.
pub(super) const HEARTBEAT: &str = ": heartbeat\n\n";

/// One item as a server-sent event.
///
/// | item | `event` | `id` | `data` |
/// |---|---|---|---|
/// | [`Snapshot`](FeedItem::Snapshot) | `snapshot` | its number | the [`Picture`](super::super::Picture) |
/// | [`Event`](FeedItem::Event) | the kind: `part`, `grown`, … | its number | the entry, with its kind around it |
/// | [`Reload`](FeedItem::Reload) | `reload` | none | `{"cursor":7}` |
/// | [`Ended`](FeedItem::Ended) | `ended` | the number of the last event | `{"kind":…,"message":…,"usage":{…}}` |
/// | [`Closed`](FeedItem::Closed) | `closed` | the cursor | `{"cursor":7}` |
#[must_use]
pub fn render(item: &FeedItem) -> String {
    match item {
        FeedItem::Snapshot { seq, picture } => frame(Some(*seq), "snapshot", picture),
        FeedItem::Event(event) => frame(Some(event.seq), event.kind(), &event.payload),
        // Without an id, so that a browser that loses the connection here has the old cursor still and is told again.
        FeedItem::Reload { cursor } => frame(None, "reload", &json!({ "cursor": cursor }).to_string()),
        FeedItem::Ended(end) => frame(Some(end.seq), "ended", &end_data(end)),
        FeedItem::Closed { cursor } => {
            frame(Some(*cursor), "closed", &json!({ "cursor": cursor }).to_string())
        }
    }
}

/// The cursor in the header `Last-Event-ID`, or in a query; `None` for everything that is none, and so for a reader that
/// begins with a snapshot.
#[must_use]
pub fn cursor(last_event_id: &str) -> Option<u64> {
    let text = last_event_id.trim();
    // Reading a number takes a sign too.
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// How long a browser waits before it connects again, as the field that tells it.
pub(super) fn retry(wait: Duration) -> String {
    format!("retry: {}\n\n", wait.as_millis())
}

fn end_data(end: &FeedEnd) -> String {
    json!({ "kind": end.kind.as_str(), "message": end.message, "usage": end.usage }).to_string()
}

fn frame(id: Option<u64>, event: &str, data: &str) -> String {
    let mut text = String::with_capacity(data.len() + event.len() + 48);
    if let Some(id) = id {
        // Writing to a text cannot fail.
        let _written = writeln!(text, "id: {id}");
    }
    let _written = writeln!(text, "event: {event}");
    // What a server has sent is kept word by word, and may have line ends between its words.
    for line in data.split(['\n', '\r']) {
        let _written = writeln!(text, "data: {line}");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use opencode_store::turn::EndKind;
    use opencode_wire::sse::{Item, Limits, Parser};

    use opencode_wire::reply::Usage;

    use super::super::super::FeedEvent;
    use super::*;

    fn read(text: &str) -> (String, String, String) {
        let mut parser = Parser::new(Limits::default());
        let mut items = parser.feed(text.as_bytes());
        let Some(Item::Frame(frame)) = items.next() else { panic!("no frame: {text}") };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let read = (text(frame.id), text(frame.event.unwrap_or_default()), text(frame.data));
        assert!(items.next().is_none(), "one item is one frame");
        read
    }

    #[test]
    fn every_item_is_one_frame_with_its_cursor() {
        let told = |item: FeedItem| read(&render(&item));
        let own = |id: &str, event: &str, data: &str| (id.to_owned(), event.to_owned(), data.to_owned());
        let snapshot = FeedItem::Snapshot { seq: 7, picture: "{\"a\":\n 1}".into() };
        assert_eq!(told(snapshot), own("7", "snapshot", "{\"a\":\n 1}"));
        let event = FeedEvent::new(8, r#"{"grown":{"at":0}}"#);
        assert_eq!(told(FeedItem::Event(event)), own("8", "grown", r#"{"grown":{"at":0}}"#));
        assert_eq!(told(FeedItem::Reload { cursor: 9 }), own("", "reload", r#"{"cursor":9}"#));
        assert_eq!(told(FeedItem::Closed { cursor: 8 }), own("8", "closed", r#"{"cursor":8}"#));
        let mut usage = Usage::default();
        usage.steps = 1;
        let end = FeedEnd { seq: 8, kind: EndKind::Completed, message: "done".to_owned(), usage };
        let (id, event, data) = told(FeedItem::Ended(end));
        let data: serde_json::Value = serde_json::from_str(&data).unwrap();
        assert_eq!((id.as_str(), event.as_str()), ("8", "ended"));
        assert_eq!((&data["kind"], &data["usage"]["steps"]), (&"completed".into(), &1.into()));
    }

    #[test]
    fn what_is_logged_cannot_make_up_other_frames() {
        let event = FeedEvent::new(1, "{\"a\":1}\n\nid: 99\revent: ended\r\ndata: {}");
        let (id, event, data) = read(&render(&FeedItem::Event(event)));
        assert_eq!((id.as_str(), event.as_str()), ("1", "a"));
        assert_eq!(data, "{\"a\":1}\n\nid: 99\nevent: ended\n\ndata: {}");
    }

    #[test]
    fn what_is_no_cursor_is_none() {
        assert_eq!((cursor("17"), cursor(" 0 ")), (Some(17), Some(0)));
        for text in ["", "+1", "-1", "1.5", "0x10", "seventeen", "18446744073709551616", "１"] {
            assert_eq!(cursor(text), None, "{text}");
        }
    }
}
