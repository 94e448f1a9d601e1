//! Cases about parts that grow.

use super::{grown, of, texts, whole};
use crate::conformance::Fixture;
use crate::conformance::steps::{refused, subject};
use crate::error::ErrorKind;

/// G17: a part grows by what is new, counted in bytes.
pub async fn g17_a_part_grows(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let (lease, turn) = (&claim.lease, claim.turn.id);
    fixture.write(lease, vec![whole("prt_a", 1, "Größe"), whole("prt_b", 2, "b")]).await;
    let at = u64::try_from("Größe".len()).unwrap();
    fixture.write(lease, vec![grown("prt_a", 1, at, " 😀")]).await;
    fixture.write(lease, vec![grown("prt_a", 1, at + 5, "!")]).await;
    assert_eq!(fixture.texts(turn).await, texts([("prt_a", "Größe 😀!"), ("prt_b", "b")]));
    let body = fixture.store().replies().parts(turn).await.unwrap().remove(0).body;
    assert_eq!(body.as_str(), "\"a part\"", "the rest is as it was");
}

/// G17: what is written twice is stored once, also when more comes with it the second time.
pub async fn g17_growing_again_changes_nothing(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let (lease, turn) = (&claim.lease, claim.turn.id);
    fixture.write(lease, vec![whole("prt_a", 1, "one")]).await;
    for (at, text, expected) in [
        (3, " two", "one two"),
        (3, " two", "one two"),
        (3, "", "one two"),
        (0, "one", "one two"),
        (3, " two three", "one two three"),
        (7, " three", "one two three"),
    ] {
        fixture.write(lease, vec![grown("prt_a", 1, at, text)]).await;
        assert_eq!(fixture.texts(turn).await, texts([("prt_a", expected)]), "{text:?} at {at}");
    }
}

/// G17: what would leave a hole, or grows from nothing, is refused with everything that came with it.
pub async fn g17_holes_are_conflicts(fixture: &Fixture) {
    let replies = fixture.store().replies();
    let claim = fixture.claimed(&subject()).await;
    fixture.write(&claim.lease, vec![whole("prt_a", 1, "one")]).await;
    for bad in [grown("prt_a", 1, 4, "five"), grown("prt_never", 1, 0, "text")] {
        let snapshot = of(vec![whole("prt_new", 2, "new"), bad]);
        refused(replies.write_snapshot(&claim.lease, &snapshot).await, ErrorKind::Conflict);
        assert_eq!(fixture.texts(claim.turn.id).await, texts([("prt_a", "one")]));
    }
    let whole_instead = of(vec![whole("prt_never", 2, "text")]);
    replies.write_snapshot(&claim.lease, &whole_instead).await.unwrap();
}

/// G17: a long text that comes in pieces comes back whole.
pub async fn g17_a_long_text_comes_in_pieces(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    fixture.write(&claim.lease, vec![whole("prt_a", 1, "")]).await;
    let mut text = String::new();
    for piece in 0..256 {
        let more = format!("{piece:04} Größe 😀 ").repeat(200);
        let at = u64::try_from(text.len()).unwrap();
        fixture.write(&claim.lease, vec![grown("prt_a", 1, at, &more)]).await;
        text.push_str(&more);
    }
    assert!(fixture.texts(claim.turn.id).await == texts([("prt_a", &text)]), "the text is another one");
}
