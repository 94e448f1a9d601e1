//! What limits leave out is said.

use super::*;
use crate::exchange::tests::{answered, write};

#[tokio::test]
async fn n14_g22_files_beyond_the_limit_are_said_and_those_that_are_stored_count() {
    let scene = Scene::new().await;
    for file in ["a", "b", "c", "d"] {
        scene.write(file, file);
    }
    let files = scene.files().with_max_files(3);
    let collected = files.collect(scene.from()).await;
    assert_eq!(names(&collected.stored), ["a", "b", "c"]);
    assert_eq!(left_out(&collected), ["d: the turn has 3 files already"]);

    // Collecting again stores no more of them, and newer bytes of those that are stored.
    scene.write("b", "newer");
    let again = files.collect(scene.from()).await;
    assert_eq!((names(&again.stored), names(&again.unchanged)), (vec!["b"], vec!["a", "c"]));
    assert_eq!(left_out(&again), ["d: the turn has 3 files already"]);
}

#[tokio::test]
async fn g22_bytes_beyond_the_limit_are_said_and_smaller_files_still_fit() {
    let scene = Scene::new().await;
    scene.write("a", &"x".repeat(60));
    scene.write("b", &"x".repeat(50));
    scene.write("c", &"x".repeat(40));
    let collected = scene.files().with_max_bytes(100).collect(scene.from()).await;
    assert_eq!(names(&collected.stored), ["a", "c"]);
    assert_eq!(left_out(&collected), ["b: with it, the turn would have more than 100 bytes of files"]);
}

#[tokio::test]
async fn transforms_come_first_then_what_tools_say_then_the_folder() {
    let scene = Scene::new().await;
    for file in ["a", "deep/b", "data.txt", "z"] {
        scene.write(file, file);
    }
    let exchange = answered(vec![write(1, "z", "z")]);
    let files = scene.files().with_transforms(transforms(false)).with_max_files(3);
    let collected = files.collect(scene.from().exchange(&exchange)).await;
    assert_eq!(names(&collected.stored), ["page.txt", "z", "a"]);
    assert_eq!(left_out(&collected), ["deep/b: the turn has 3 files already"]);
}

#[tokio::test]
async fn w53_a_file_that_cannot_be_had_takes_no_other_ones_place() {
    let scene = Scene::new().await;
    for file in ["a", "b", "c", "d"] {
        scene.write(file, file);
    }
    // The store takes no file of two bytes.
    let artifacts = faults::Flaky::refusing(Arc::clone(&scene.artifacts), "b");
    let files = MessageArtifacts::new(artifacts).with_max_files(3);
    let collected = files.collect(scene.from()).await;
    assert_eq!(names(&collected.stored), ["a", "c", "d"]);
    assert_eq!(left_out(&collected), ["b: the store does not take it"]);
}

#[tokio::test]
async fn more_files_than_are_stored_at_once_are_stored() {
    let scene = Scene::new().await;
    for at in 0..50 {
        scene.write(&format!("{at:02}"), &at.to_string());
    }
    let collected = scene.files().collect(scene.from()).await;
    let expected: Vec<String> = (0..50).map(|at| format!("{at:02}")).collect();
    assert_eq!(names(&collected.stored), expected, "and are told in order");
}
