//! Uploads that the model sees itself.

use std::fs;

use opencode_wire::api::PromptPart;

use super::place::{Place, name};
use crate::upload::{Upload, UploadError, UploadedFiles};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

async fn stored(place: &Place) -> UploadedFiles {
    let uploads = [
        Upload::from_bytes("chart \u{202e}.png", PNG),
        Upload::from_bytes("notes.md", "# Monads"),
        Upload::from_bytes("paper.pdf", "%PDF-1.7"),
        Upload::from_bytes("data.bin", b"\0".as_slice()),
    ];
    place.store(uploads).await.unwrap()
}

#[tokio::test]
async fn a_file_travels_with_the_prompt() {
    let place = Place::new();
    let files = stored(&place).await;
    let parts = files.parts(&place.sandbox, 1024, |_| true).await.unwrap();
    assert_eq!(
        parts,
        [
            PromptPart::file_bytes("chart .png", "image/png", PNG),
            PromptPart::file_bytes("notes.md", "text/plain", "# Monads"),
            PromptPart::file_bytes("paper.pdf", "application/pdf", "%PDF-1.7"),
            PromptPart::file_bytes("data.bin", "application/octet-stream", b"\0"),
        ]
    );
    let pictures =
        files.parts(&place.sandbox, 16, |file| file.content_type.starts_with("image/")).await.unwrap();
    assert_eq!(pictures, parts[..1]);
}

#[tokio::test]
async fn no_more_travels_than_was_allowed() {
    let place = Place::new();
    let files = stored(&place).await;
    let error = files.part(&place.sandbox, &name("notes.md"), 7).await.unwrap_err();
    assert!(matches!(&error, UploadError::TooLarge { file, limit: 7 } if file == "notes.md"), "{error}");
    let error = files.parts(&place.sandbox, 23, |_| true).await.unwrap_err();
    assert!(
        matches!(&error, UploadError::TooLargeTogether { file, limit: 23 } if file == "notes.md"),
        "{error}"
    );
    let error = files.part(&place.sandbox, &name("other.md"), 7).await.unwrap_err();
    assert_eq!(error.to_string(), r#"no upload is called "other.md""#);
}

#[tokio::test]
async fn what_an_agent_has_made_of_a_file_does_not_travel_as_the_persons() {
    let place = Place::new();
    let files = stored(&place).await;
    let part = async || files.part(&place.sandbox, &name("notes.md"), 1024).await.unwrap_err();
    for changed in ["# monads", "# Monads and more"] {
        fs::write(place.inside("notes.md"), changed).unwrap();
        assert_eq!(part().await.to_string(), r#""notes.md" is not what was uploaded any more"#);
    }
    fs::remove_file(place.inside("notes.md")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", place.inside("notes.md")).unwrap();
    let error = part().await.to_string();
    assert_eq!(error, r#""notes.md" is left out: it is a link, or in a folder that is one"#);
}
