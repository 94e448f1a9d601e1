//! A turn whose worker dies in the middle.

use opencode_orchestrate::feed::UiFeed;
use serde_json::json;

use super::page::Page;
use super::rig::{Rig, Writer, grown, part};

/// The second worker tells everything anew. Whoever was there, comes back or comes late has the same in the end.
#[tokio::test]
async fn g19_a_take_over_voids_what_was_told_for_every_reader() {
    let rig = Rig::new();
    let mut first = Writer::begin(&rig.store).await;
    let feed = UiFeed::new(rig.store.clone());
    let (mut follow, mut there) = (feed.follow(first.turn(), None), Page::default());
    let asked = json!({"blocked": {"request_id": "per_1", "session_id": "ses_1", "kind": "permission", "request": {}}});
    let told = [part("prt_1", "What was"), part("prt_2", "void"), asked, grown("prt_1", 8, " said")];
    first.tell(&told).await;
    while there.cursor < first.last() {
        there.take(follow.next().await.unwrap().unwrap());
    }
    assert_eq!((there.text("prt_1"), there.picture.blockers.len()), ("What was said", 1));

    let mut second = rig.take_over(&first).await;
    second.tell(&[part("prt_1", "What is"), grown("prt_1", 7, " said")]).await;
    second.finish().await;
    there.follow(follow).await;
    assert_eq!((there.text("prt_1"), there.text("prt_2"), there.picture.attempt), ("What is said", "", 2));
    assert!(there.picture.blockers.is_empty());

    let mut log = vec![json!({"began": {"attempt": 1}})];
    log.extend(told);
    for cursor in 0..=first.last() {
        let mut back = Page::at(cursor, &log);
        back.follow(feed.follow(first.turn(), Some(cursor))).await;
        assert_eq!(
            (back.picture, back.reloads, back.snapshots),
            (there.picture.clone(), 0, 0),
            "from {cursor}"
        );
    }
    let mut late = Page::default();
    late.follow(feed.follow(first.turn(), None)).await;
    assert_eq!((late.picture, late.events), (there.picture, 0));
}
