//! Cases about what a turn has said so far.

mod consistency;
mod growing;
mod parts;

pub use self::consistency::*;
pub use self::growing::*;
pub use self::parts::*;

use opencode_wire::ids::PartId;

use super::Fixture;
use super::steps::{json, upstream_id};
use crate::reply::{Growing, PartBody, PartWrite, Snapshot};
use crate::turn::{Lease, TurnId};

/// A snapshot of these parts.
fn of(parts: Vec<PartWrite>) -> Snapshot {
    Snapshot { parts, ..Snapshot::default() }
}

/// A whole part of text.
pub(super) fn whole(id: &str, ordinal: u64, text: &str) -> PartWrite {
    let body = PartBody::Whole { body: json(&"a part"), growing: Some(Growing::new("text", text)) };
    PartWrite::new(PartId::from_wire(id), upstream_id(), ordinal, body)
}

/// More text of a part.
fn grown(id: &str, ordinal: u64, at: u64, text: &str) -> PartWrite {
    let body = PartBody::Grown { at, text: text.to_owned() };
    PartWrite::new(PartId::from_wire(id), upstream_id(), ordinal, body)
}

impl Fixture {
    async fn write(&self, lease: &Lease, parts: Vec<PartWrite>) {
        self.store().replies().write_snapshot(lease, &of(parts)).await.unwrap();
    }

    /// The ids and texts of a turn's parts, in order.
    async fn texts(&self, turn: TurnId) -> Vec<(String, String)> {
        let parts = self.other().replies().parts(turn).await.unwrap();
        let text = |growing: Option<Growing>| growing.map_or_else(String::new, |growing| growing.text);
        parts.into_iter().map(|part| (part.part_id.as_str().to_owned(), text(part.growing))).collect()
    }
}

/// Parts as [`Fixture::texts`] gives them.
fn texts<const N: usize>(parts: [(&str, &str); N]) -> Vec<(String, String)> {
    parts.map(|(id, text)| (id.to_owned(), text.to_owned())).into()
}
