//! Cases about whole parts.

use opencode_wire::ids::PartId;

use super::{of, texts, whole};
use crate::conformance::Fixture;
use crate::conformance::steps::{json, refused, subject, upstream_id};
use crate::error::ErrorKind;
use crate::reply::{PartBody, PartWrite, Snapshot, StoredPart};
use crate::turn::TurnId;

/// G17: what is written whole comes back as it was, in reading order, also after the turn has ended.
pub async fn g17_parts_come_back_as_they_were(fixture: &Fixture) {
    let replies = fixture.store().replies();
    assert_eq!(replies.parts(TurnId::new(i64::MAX)).await.unwrap(), []);
    let claim = fixture.claimed(&subject()).await;
    let turn = claim.turn.id;
    assert_eq!(replies.parts(turn).await.unwrap(), []);
    let child = upstream_id();
    let raw = "{\"type\":  \"tool\", \"n\": 1.50, \"nul\": \"\\u0000\", \"é\": \"😀\"}";
    let body = json(&serde_json::value::RawValue::from_string(raw.to_owned()).unwrap());
    let tool = PartBody::Whole { body: body.clone(), growing: None };
    let tool = PartWrite::new(PartId::from_wire("prt_tool"), child.clone(), 2, tool);
    let text = whole("prt_text", 1, "Größe 😀");
    // The order of writing is not the order of reading.
    fixture.write(&claim.lease, vec![tool, whole("prt_last", 3, "")]).await;
    fixture.write(&claim.lease, vec![text]).await;
    assert_eq!(
        fixture.texts(turn).await,
        texts([("prt_text", "Größe 😀"), ("prt_tool", ""), ("prt_last", "")])
    );
    let expected = StoredPart::new(PartId::from_wire("prt_tool"), child, 2, body, None);
    fixture.finish(&claim.lease).await;
    let parts = replies.parts(turn).await.unwrap();
    assert_eq!(parts[1], expected);
    assert_eq!(parts[1].body.as_str(), raw, "byte for byte");
    assert_eq!(parts[2].growing.as_ref().map(|growing| growing.field.as_str()), Some("text"));
}

/// G17: a whole part takes the place of everything that was stored of it; the others stay.
pub async fn g17_a_whole_part_replaces_what_was_there(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let (lease, turn) = (&claim.lease, claim.turn.id);
    fixture.write(lease, vec![whole("prt_a", 1, "a long text"), whole("prt_b", 2, "b")]).await;
    for _ in 0..2 {
        fixture.write(lease, vec![whole("prt_a", 3, "short")]).await;
        assert_eq!(fixture.texts(turn).await, texts([("prt_b", "b"), ("prt_a", "short")]));
    }
    let plain = PartBody::Whole { body: json("other"), growing: None };
    let plain = PartWrite::new(PartId::from_wire("prt_a"), upstream_id(), 1, plain);
    fixture.write(lease, vec![plain.clone()]).await;
    let parts = fixture.store().replies().parts(turn).await.unwrap();
    let expected = StoredPart::new(plain.part_id, plain.session_id, 1, json("other"), None);
    assert_eq!(parts[0], expected, "nothing is left of the field that grew");
}

/// Parts that are no longer part of the reply are taken away, and may come again.
pub async fn removed_parts_are_gone(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let (lease, turn) = (&claim.lease, claim.turn.id);
    fixture.write(lease, vec![whole("prt_a", 1, "a"), whole("prt_b", 2, "b")]).await;
    let removed = ["prt_a", "prt_never"].map(PartId::from_wire).into();
    let snapshot = Snapshot { removed, parts: vec![whole("prt_c", 3, "c")], ..Snapshot::default() };
    for _ in 0..2 {
        fixture.store().replies().write_snapshot(lease, &snapshot).await.unwrap();
        assert_eq!(fixture.texts(turn).await, texts([("prt_b", "b"), ("prt_c", "c")]));
    }
    fixture.write(lease, vec![whole("prt_a", 1, "again")]).await;
    assert_eq!(fixture.texts(turn).await, texts([("prt_a", "again"), ("prt_b", "b"), ("prt_c", "c")]));
}

/// What no database can keep is refused, with everything that came with it.
pub async fn invalid_parts_are_refused(fixture: &Fixture) {
    let replies = fixture.store().replies();
    let claim = fixture.claimed(&subject()).await;
    let fine = whole("prt_fine", 1, "fine");
    let bad =
        [whole("prt_fine", 2, "twice"), whole("", 2, "b"), whole("a\0b", 2, "b"), whole("prt_b", 2, "a\0b")];
    for bad in bad {
        let written = replies.write_snapshot(&claim.lease, &of(vec![fine.clone(), bad])).await;
        refused(written, ErrorKind::InvalidInput);
    }
    replies.write_snapshot(&claim.lease, &Snapshot::default()).await.unwrap();
    assert_eq!(fixture.texts(claim.turn.id).await, []);
}
