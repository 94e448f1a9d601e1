//! What the cases share.

use std::io;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use opencode_store::artifact::{ArtifactName, ArtifactReader};
use opencode_store::{Error, Result};

pub(super) fn name(text: &str) -> ArtifactName {
    text.parse().unwrap()
}

/// The endpoint of the S3 that the environment names. Without one the test says so, and fails on CI.
#[expect(clippy::disallowed_methods, reason = "this is where the environment of the tests is read")]
pub(super) fn s3_endpoint() -> Option<String> {
    let endpoint = std::env::var("OPENCODE_TEST_S3_URL").ok().filter(|endpoint| !endpoint.is_empty());
    if endpoint.is_none() {
        assert!(std::env::var_os("CI").is_none(), "OPENCODE_TEST_S3_URL is not set");
        skipped("this test needs S3: OPENCODE_TEST_S3_URL is not set");
    }
    endpoint
}

/// Says that a test was not run.
#[expect(clippy::print_stderr, reason = "whoever reads the output of the tests has to see it")]
pub(super) fn skipped(why: &str) {
    eprintln!("SKIPPED, {why}");
}

/// So many bytes, no two chunks alike.
pub(super) fn chunks(size: usize, chunk: usize) -> impl Iterator<Item = Bytes> + Send {
    (0..size).step_by(chunk).enumerate().map(move |(number, from)| {
        let fill = (number % 251) as u8;
        let mut bytes = vec![fill; chunk.min(size - from)];
        let mark = (number as u64).to_le_bytes();
        let length = bytes.len().min(mark.len());
        bytes[..length].copy_from_slice(&mark[..length]);
        Bytes::from(bytes)
    })
}

pub(super) fn upload(
    chunks: impl IntoIterator<Item = Bytes, IntoIter: Send + 'static>,
) -> BoxStream<'static, io::Result<Bytes>> {
    stream::iter(chunks.into_iter().map(Ok)).boxed()
}

/// Reads to the end, and gives how many bytes there were, the largest chunk and the error.
pub(super) async fn drain(mut reader: ArtifactReader) -> (u64, usize, Option<Error>) {
    let (mut size, mut largest) = (0, 0);
    loop {
        match reader.try_next().await {
            Ok(Some(chunk)) => {
                size += chunk.len() as u64;
                largest = largest.max(chunk.len());
            }
            Ok(None) => return (size, largest, None),
            Err(error) => {
                assert!(reader.try_next().await.unwrap().is_none(), "the error is the last item");
                return (size, largest, Some(error));
            }
        }
    }
}

/// The error of opening, or of reading to the end.
pub(super) async fn read_error(opened: Result<Option<ArtifactReader>>) -> Error {
    match opened {
        Ok(reader) => drain(reader.unwrap()).await.2.expect("the damage was not noticed"),
        Err(error) => error,
    }
}
