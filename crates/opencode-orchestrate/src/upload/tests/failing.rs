//! Uploads that do not arrive.

use std::error::Error as _;
use std::fs;
use std::io;

use bytes::Bytes;
use futures_util::stream;

use super::place::Place;
use crate::sandbox::SandboxOptions;
use crate::upload::{Upload, UploadError, UploadLimits, UploadedFiles};

/// What was there before is there as it was, and nothing else.
async fn refused(
    place: &Place,
    uploads: impl IntoIterator<Item = Upload<'_>> + Send,
    limits: &UploadLimits,
) -> UploadError {
    fs::write(place.inside("a.md"), "old").unwrap();
    let error = UploadedFiles::store(&place.sandbox, uploads, limits).await.unwrap_err();
    assert_eq!((place.entries(), place.read("a.md")), (vec!["a.md".to_owned()], "old".to_owned()));
    error
}

fn pair(second: &'static str) -> [Upload<'static>; 2] {
    [Upload::from_bytes("a.md", "12345"), Upload::from_bytes("b.md", second)]
}

#[tokio::test]
async fn w57_a_file_that_is_too_large_is_refused() {
    let place = Place::with(&SandboxOptions::default().with_max_file_bytes(8));
    let error = refused(&place, pair("123456789"), &UploadLimits::default()).await;
    assert!(matches!(&error, UploadError::TooLarge { file, limit: 8 } if file == "b.md"), "{error}");
    let error = refused(&place, pair("123456"), &UploadLimits::default().with_max_file_bytes(5)).await;
    assert_eq!(error.to_string(), r#""b.md" has more than 5 bytes"#);
}

#[tokio::test]
async fn w57_a_file_without_an_end_is_refused_at_its_limit() {
    let place = Place::new();
    let endless = stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[0; 64 * 1024])));
    let error = refused(&place, [Upload::new("a.md", endless)], &UploadLimits::default()).await;
    assert!(matches!(error, UploadError::TooLarge { limit: 10_485_760, .. }), "{error}");
}

#[tokio::test]
async fn w57_files_that_are_too_large_together_are_refused() {
    let place = Place::new();
    let error = refused(&place, pair("123456"), &UploadLimits::default().with_max_total_bytes(10)).await;
    assert_eq!(error.to_string(), r#""b.md" and the files before it have more than 10 bytes together"#);
}

#[tokio::test]
async fn too_many_files_are_refused_before_any_is_taken() {
    let place = Place::new();
    let broken = || Upload::new("a.md", stream::iter([Err::<Bytes, _>(io::Error::other("not to be read"))]));
    let uploads = (0..usize::MAX).map(|_| broken());
    let error = refused(&place, uploads, &UploadLimits::default().with_max_files(2)).await;
    assert_eq!(error.to_string(), r#""a.md" is one file too many: no more than 2 are taken at once"#);
}

#[tokio::test]
async fn w57_an_upload_that_breaks_off_leaves_nothing_and_says_why() {
    let place = Place::new();
    let chunks = [Ok(Bytes::from(vec![1; 1 << 20])), Err(io::Error::other("the browser is gone"))];
    let uploads = [Upload::from_bytes("b.md", "new"), Upload::new("a.md", stream::iter(chunks))];
    let error = refused(&place, uploads, &UploadLimits::default()).await;
    assert_eq!(error.to_string(), r#""a.md" broke off while it was uploaded"#);
    assert_eq!(error.source().unwrap().to_string(), "the browser is gone");
}

#[tokio::test]
async fn a_name_that_the_host_wants_twice_is_refused() {
    let place = Place::new();
    let uploads = ["x.md", "X.md"].map(|name| Upload::from_bytes("a.md", "new").with_name(name));
    let error = refused(&place, uploads, &UploadLimits::default()).await;
    assert!(matches!(&error, UploadError::NameTaken { name } if name == "X.md"), "{error}");
}
