//! Cases about what artifacts may be called. They need no store.

use crate::artifact::ArtifactName;
use crate::conformance::Fixture;
use crate::conformance::artifacts::{artifact, name};
use crate::conformance::steps::refused;
use crate::error::ErrorKind;

/// A name is one place below whatever it is joined to, and comes back as it was given.
pub async fn names_are_relative_paths(fixture: &Fixture) {
    let long = "a".repeat(513);
    for bad in ["", ".", "..", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a\\b", "a\nb", "a\0b", &long] {
        refused(bad.parse::<ArtifactName>(), ErrorKind::InvalidInput);
    }
    let turn = fixture.turn_with_files().await;
    let good = ["Größe 😀.md", "a/b/c.txt", "...", ".hidden", "%2e%2e", "a b'\";--", &long[..512]];
    for called in good {
        fixture.put(&artifact(turn, called, called)).await;
        assert_eq!(fixture.named(turn, called).await.unwrap().name, name(called));
    }
    // Two names that only look alike are two.
    for called in ["A", "a", "á", "a\u{301}"] {
        assert_eq!(fixture.put(&artifact(turn, called, called)).await.artifact.revision, 1, "{called}");
    }
}
