//! What tools say, beside what is in the folder.

use serde_json::{Value, json};

use super::*;
use crate::exchange::Exchange;
use crate::exchange::tests::{answered, call, edit, write};

async fn collect(scene: &Scene, exchange: &Exchange) -> Collected {
    scene.files().collect(scene.from().exchange(exchange)).await
}

/// A call that returned a file.
fn returning(ended: u32, filename: &str, url: &str) -> Value {
    let mut call = call("draw", ended, &json!({}), &json!({}));
    call["state"]["attachments"] = json!([{
        "id": "prt_file", "sessionID": "ses_1", "messageID": "msg_002",
        "type": "file", "mime": "image/png", "filename": filename, "url": url,
    }]);
    call
}

#[tokio::test]
async fn w51_what_is_in_the_folder_is_what_was_written_last() {
    let scene = Scene::new().await;
    scene.write("a.md", "v3, by a command");
    scene.write("b.md", "edited");
    let root = scene.sandbox.path().to_str().unwrap().to_owned();
    let exchange = answered(vec![
        write(1, &format!("{root}/a.md"), "v1"),
        write(2, "a.md", "v2"),
        edit(3, &format!("{root}/b.md")),
        write(4, "one/c.md", "one"),
        write(5, "two/c.md", "two"),
    ]);
    let collected = collect(&scene, &exchange).await;
    assert!(collected.left_out.is_empty(), "{:?}", collected.left_out);
    let expected =
        [("a.md", "v3, by a command"), ("b.md", "edited"), ("one/c.md", "one"), ("two/c.md", "two")];
    assert_eq!(scene.stored().await, pairs(&expected));
}

#[tokio::test]
async fn w54_what_cannot_be_had_is_said_with_the_reason() {
    let scene = Scene::new().await;
    scene.write("grown.md", &"x".repeat(101));
    std::os::unix::fs::symlink("/etc/passwd", scene.sandbox.path().join("link.md")).unwrap();
    let exchange = answered(vec![
        edit(1, "gone.md"),
        edit(2, "/elsewhere/x.md"),
        edit(3, "link.md"),
        write(4, "grown.md", "small"),
        write(5, "large.md", &"x".repeat(101)),
    ]);
    let collected = collect(&scene, &exchange).await;
    assert!(collected.stored.is_empty());
    let mut told = left_out(&collected);
    told.sort();
    assert_eq!(
        told,
        [
            "/elsewhere/x.md: an edit does not say all that is in a file",
            "gone.md: not there any more",
            "grown.md: it has more than 100 bytes",
            "large.md: not there any more",
            "link.md: not safe to read: it is a link, or in a folder that is one",
        ]
    );
}

#[tokio::test]
async fn g20_a_link_in_the_place_of_a_file_does_not_make_the_tools_words_less_true() {
    let scene = Scene::new().await;
    std::os::unix::fs::symlink("/etc/passwd", scene.sandbox.path().join("a.md")).unwrap();
    let collected = collect(&scene, &answered(vec![write(1, "a.md", "the agent's words")])).await;
    assert!(collected.left_out.is_empty());
    assert_eq!(scene.stored().await, pairs(&[("a.md", "the agent's words")]));
}

#[tokio::test]
async fn without_the_folder_files_are_as_tools_say_them() {
    let scene = Scene::new().await;
    let exchange = answered(vec![
        write(1, "/srv/blue/deep/a.md", "a"),
        write(2, "b.md", "b"),
        write(3, "/srv/../srv/.c.md", "c"),
        edit(4, "d.md"),
    ]);
    let from = CollectFrom::new(scene.turn).exchange(&exchange).directory("/srv/blue");
    let collected = scene.files().collect(from).await;
    assert_eq!(left_out(&collected), ["d.md: an edit does not say all that is in a file"]);
    assert_eq!(scene.stored().await, pairs(&[("_.c.md", "c"), ("b.md", "b"), ("deep/a.md", "a")]));
}

#[tokio::test]
async fn a_source_that_only_a_tool_says_is_rendered_too() {
    let scene = Scene::new().await;
    let exchange = answered(vec![write(1, "data.txt", "numbers"), write(2, "page.txt", "posing")]);
    let files = scene.files().with_transforms(transforms(false));
    let from = CollectFrom::new(scene.turn).exchange(&exchange).directory("/srv/blue");
    let collected = files.collect(from).await;
    assert_eq!(left_out(&collected), ["page.txt: its name belongs to the host"]);
    assert_eq!(scene.stored().await, pairs(&[("page.txt", "NUMBERS")]));
}

#[tokio::test]
async fn what_tools_return_gets_a_name_that_no_file_has() {
    let scene = Scene::new().await;
    scene.write("chart.png", "of the folder");
    let exchange = answered(vec![
        returning(1, "chart.png", "data:image/png;base64,b25l"),
        returning(2, "../../Chart.png", "data:image/png;base64,dHdv"),
        returning(3, "far.png", "https://example.com/far.png"),
    ]);
    let collected = collect(&scene, &exchange).await;
    assert_eq!(left_out(&collected), ["far.png: the bytes are elsewhere"]);
    let expected = [("Chart-3.png", "two"), ("chart-2.png", "one"), ("chart.png", "of the folder")];
    assert_eq!(scene.stored().await, pairs(&expected));
    let again = collect(&scene, &exchange).await;
    assert_eq!((again.stored.len(), again.unchanged.len()), (0, 3), "and keeps it");
}

#[tokio::test]
async fn what_is_hidden_or_ignored_is_so_whoever_says_it() {
    let scene = Scene::new().await;
    let exchange = answered(vec![write(1, ".env", "secret"), write(2, "deep/.git/config", "x")]);
    let collected = collect(&scene, &exchange).await;
    assert!(collected.stored.is_empty() && collected.left_out.is_empty());
}
