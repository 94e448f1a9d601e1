//! Readers of turns that are really carried, from the prompt to the end.

use opencode_orchestrate::feed::{FeedItem, Follow, Picture, UiFeed};
use opencode_store::turn::{Delivery, EndKind};
use opencode_testkit::server::{Script, Tool};
use serde_json::json;

use crate::turn::rig::{HANGS_AFTER, Rig};

/// Reads to the end, and gives what a page would show then.
async fn read(mut follow: Follow) -> (Picture, EndKind) {
    let reading = async {
        let mut picture = Picture::default();
        loop {
            match follow.next().await.unwrap().expect("the end is told before there is nothing more") {
                FeedItem::Snapshot { picture: json, .. } => picture = serde_json::from_str(&json).unwrap(),
                FeedItem::Event(event) => picture.apply(&event.entry().expect("it is known")),
                FeedItem::Ended(end) => return (picture, end.kind),
                _ => {}
            }
        }
    };
    tokio::time::timeout(HANGS_AFTER, reading).await.expect("the reader is not told of the end")
}

/// G19: who was there from the beginning, who came in the middle, and who came after the end are shown the same, also
/// of a turn whose worker died in the middle.
#[tokio::test]
async fn g19_everybody_is_shown_the_same_whenever_they_come() {
    let rig = Rig::start().await;
    let tool = Tool::new("bash").input(json!({ "command": "ls" })).output("a.txt");
    rig.server.script(Script::new().tool(tool).next_step().text("Half of ").hold("half").more("it."));
    let id = rig.deliver("Go.", Delivery::Queue).await;
    let (feed, elsewhere) = (UiFeed::new(rig.store.clone()), UiFeed::new(rig.store.clone()));
    let first = tokio::spawn(read(feed.follow(id, None)));
    rig.die_at("half").await;
    rig.lapse();
    let second = tokio::spawn(read(elsewhere.follow(id, None)));
    rig.server.release("half");
    rig.run().await.unwrap();
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    let third = read(UiFeed::new(rig.store.clone()).follow(id, None)).await;
    for (picture, kind) in [&first, &second, &third] {
        assert_eq!((picture, *kind), (&third.0, EndKind::Completed));
    }
    assert!(third.0.to_json().contains("Half of it."), "{}", third.0.to_json());
}
