//! Which way each file goes: the table of decisions, cell by cell.

use opencode_store::artifact::{Digest, Expect, PutOptions};

use super::*;
use crate::sandbox::ListOptions;
use crate::upload::{UploadedFile, UploadedFiles};

#[tokio::test]
async fn a_plain_file_becomes_an_artifact_or_nothing() {
    let scene = Scene::new().await;
    scene.write("report.md", "# Report");
    scene.write("deep/notes.md", "notes");
    let none = scene.files().rendered_only().collect(scene.from()).await;
    assert!(none.stored.is_empty() && none.left_out.is_empty());

    let collected = scene.files().collect(scene.from()).await;
    assert_eq!(names(&collected.stored), ["report.md", "deep/notes.md"], "the folder before its folders");
    assert!(collected.left_out.is_empty() && collected.trouble.is_none());
    assert!(collected.stored.iter().all(|artifact| artifact.trust.is_none()), "nobody vouches for it");
    assert_eq!(scene.stored().await, pairs(&[("deep/notes.md", "notes"), ("report.md", "# Report")]));
}

#[tokio::test]
async fn g21_a_source_is_rendered_and_not_stored_itself() {
    let scene = Scene::new().await;
    scene.write("data.txt", "numbers");
    for files in [scene.files(), scene.files().rendered_only()] {
        let transforms = transforms(false);
        let collected = files.with_transforms(transforms.clone()).collect(scene.from()).await;
        let artifact = collected.stored.first().or(collected.unchanged.first()).unwrap();
        assert!(transforms.trusted(artifact).is_some());
        assert_eq!(scene.stored().await, pairs(&[("page.txt", "NUMBERS")]));
    }
}

#[tokio::test]
async fn g21_a_file_under_the_name_of_what_is_rendered_is_never_stored() {
    let scene = Scene::new().await;
    for file in ["page.txt", "Page.TXT", "deep/page.txt", "p\u{200b}age.txt"] {
        scene.write(file, "posing");
    }
    let collected = scene.files().with_transforms(transforms(true)).collect(scene.from()).await;
    assert!(collected.stored.is_empty());
    let owned = "its name belongs to the host";
    let mut told = left_out(&collected);
    told.sort();
    let mut expected =
        ["page.txt", "Page.TXT", "deep/page.txt", "p\u{200b}age.txt"].map(|file| format!("{file}: {owned}"));
    expected.sort();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn g21_what_was_rendered_stays_when_the_agent_writes_over_its_source() {
    let scene = Scene::new().await;
    let files = scene.files().with_transforms(transforms(false));
    scene.write("data.txt", "one");
    files.collect(scene.from()).await;
    let again = files.collect(scene.from()).await;
    assert_eq!((names(&again.stored), names(&again.unchanged)), (vec![], vec!["page.txt"]));

    scene.write("data.txt", "two");
    let newer = files.collect(scene.from()).await;
    assert_eq!(names(&newer.stored), ["page.txt"]);
    assert_eq!(scene.stored().await, pairs(&[("page.txt", "TWO")]));

    scene.write("data.txt", "broken");
    let broken = files.collect(scene.from()).await;
    assert_eq!(left_out(&broken), ["data.txt: the transform `upper` cannot render the file"]);
    assert_eq!(scene.stored().await, pairs(&[("page.txt", "TWO")]));
}

#[tokio::test]
async fn n13_an_impostor_is_purged_once_its_successor_is_stored_and_else_stays() {
    let scene = Scene::new().await;
    scene.put("page.txt", "posing", PutOptions::default()).await;
    scene.write("data.txt", "broken");
    let purging = scene.files().with_transforms(transforms(true));
    purging.collect(scene.from()).await;
    assert_eq!(scene.stored().await, pairs(&[("page.txt", "posing")]), "w53: not before it is rendered");

    scene.write("data.txt", "numbers");
    let refusing = scene.files().with_transforms(transforms(false));
    let refused = refusing.collect(scene.from()).await;
    let told =
        r#"data.txt: "page.txt" was not rendered by the host, and the transform `upper` does not replace it"#;
    assert_eq!(left_out(&refused), [told]);

    let purged = purging.collect(scene.from()).await;
    assert_eq!(names(&purged.stored), ["page.txt"]);
    assert_eq!(scene.stored().await, pairs(&[("page.txt", "NUMBERS")]));
}

#[tokio::test]
async fn g21_what_the_host_vouches_for_is_not_replaced_by_an_agents_file() {
    let scene = Scene::new().await;
    let vouched = PutOptions::default().with_trust(Some(json!({ "by": "the host" }).into()));
    scene.put("invoice.txt", "the host's", vouched).await;
    scene.write("invoice.txt", "the agent's");
    let collected = scene.files().collect(scene.from()).await;
    assert_eq!(left_out(&collected), ["invoice.txt: its name belongs to the host"]);
    assert_eq!(scene.stored().await, pairs(&[("invoice.txt", "the host's")]));
}

#[tokio::test]
async fn g21_the_last_write_wins_and_the_same_bytes_are_stored_once() {
    let scene = Scene::new().await;
    let files = scene.files();
    scene.write("report.md", "one");
    assert_eq!(names(&files.collect(scene.from()).await.stored), ["report.md"]);
    let again = files.collect(scene.from()).await;
    assert_eq!((names(&again.stored), names(&again.unchanged)), (vec![], vec!["report.md"]));
    assert_eq!(again.unchanged[0].revision, 1, "attaching twice is nothing");

    scene.write("report.md", "two");
    let newer = files.collect(scene.from()).await;
    assert_eq!((newer.stored[0].revision, newer.stored[0].digest), (2, Digest::of(b"two")));
}

#[tokio::test]
async fn an_upload_is_left_alone_until_the_agent_changes_it() {
    let scene = Scene::new().await;
    scene.write("photo.jpg", "a person's photo");
    scene.write("other.jpg", "drawn by the agent");
    let digest = Digest::of(b"a person's photo");
    let photo = UploadedFile::new("Photo", name("photo.jpg"), 16, "image/jpeg", digest);
    let uploads: UploadedFiles = [photo].into_iter().collect();
    let collected = scene.files().collect(scene.from().uploads(uploads.clone())).await;
    assert_eq!(names(&collected.stored), ["other.jpg"]);
    assert!(collected.left_out.is_empty(), "it is not missed");

    scene.write("photo.jpg", "with a hat");
    let collected = scene.files().collect(scene.from().uploads(uploads)).await;
    assert_eq!(names(&collected.stored), ["photo.jpg"]);
}

#[tokio::test]
async fn what_is_no_file_of_the_agent_is_never_offered_and_said_where_it_matters() {
    let scene = Scene::new().await;
    scene.write("good.md", "good");
    scene.write(".hidden", "");
    scene.write("large.bin", &"x".repeat(101));
    scene.write("build/out.o", "");
    std::fs::hard_link("/proc/self/exe", scene.sandbox.path().join("nothing")).unwrap_err();
    std::fs::write(scene.home.path().join("secret"), "secret").unwrap();
    std::os::unix::fs::symlink("../secret", scene.sandbox.path().join("link.md")).unwrap();
    std::fs::hard_link(scene.home.path().join("secret"), scene.sandbox.path().join("hard.md")).unwrap();
    let listing = ListOptions::default().recursive().ignoring(["build"]).unwrap();
    let collected = scene.files().with_listing(listing).collect(scene.from()).await;
    assert_eq!(names(&collected.stored), ["good.md"]);
    assert_eq!(
        left_out(&collected),
        [
            "hard.md: it is a hard link",
            "large.bin: it has more than 100 bytes",
            "link.md: it is a link, or in a folder that is one",
        ]
    );
}

#[tokio::test]
async fn what_did_not_change_since_the_turn_began_is_left_alone() {
    let scene = Scene::new().await;
    scene.write("old.md", "old");
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(60);
    let collected = scene.files().collect(scene.from().since(later)).await;
    assert!(collected.stored.is_empty() && collected.left_out.is_empty());
    let earlier = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(60);
    assert_eq!(scene.files().collect(scene.from().since(earlier)).await.stored.len(), 1);
}

#[tokio::test]
async fn without_a_folder_and_without_tools_there_is_nothing() {
    let scene = Scene::new().await;
    let collected = scene.files().collect(CollectFrom::new(scene.turn)).await;
    assert!(collected.stored.is_empty() && collected.left_out.is_empty() && collected.trouble.is_none());
}

#[tokio::test]
async fn a_name_that_was_removed_can_be_stored_again() {
    let scene = Scene::new().await;
    scene.write("a.md", "a");
    scene.files().collect(scene.from()).await;
    scene.artifacts.remove(scene.turn, &name("a.md"), Expect::Any).await.unwrap();
    assert_eq!(names(&scene.files().collect(scene.from()).await.stored), ["a.md"]);
}

#[tokio::test]
async fn large_files_are_streamed_and_compared_with_what_was_uploaded() {
    let scene = Scene::new().await;
    let options = SandboxOptions::default().with_max_file_bytes(4 << 20);
    let sandbox = Sandbox::open_with(scene.sandbox.path(), &options).unwrap();
    let film = "frame ".repeat(500_000);
    scene.write("film.txt", &film);
    let digest = Digest::of(film.as_bytes());
    let uploaded = UploadedFile::new("Film", name("film.txt"), film.len() as u64, "text/plain", digest);
    let uploads: UploadedFiles = [uploaded].into_iter().collect();
    let from = || CollectFrom::new(scene.turn).sandbox(&sandbox).uploads(uploads.clone());
    assert!(scene.files().collect(from()).await.stored.is_empty());

    scene.write("film.txt", &film.replacen("frame", "title", 1));
    let collected = scene.files().collect(from()).await;
    assert_eq!((names(&collected.stored), collected.stored[0].size), (vec!["film.txt"], film.len() as u64));
    let again = scene.files().collect(from()).await;
    assert_eq!((again.stored.len(), again.unchanged.len()), (0, 1));
}
