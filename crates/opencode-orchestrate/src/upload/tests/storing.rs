//! Files that arrive.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::stream;
use opencode_store::artifact::Digest;

use super::place::{Place, name, names};
use crate::sandbox::SandboxOptions;
use crate::upload::{PendingUploads, Upload, UploadError, UploadLimits, UploadedFiles};

fn mode(path: impl AsRef<std::path::Path>) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn a_file_is_stored_byte_for_byte() {
    let place = Place::new();
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|number| (number % 251) as u8).collect();
    let chunks: Vec<_> =
        bytes.chunks(70_001).map(|chunk| Ok::<_, io::Error>(Bytes::copy_from_slice(chunk))).collect();
    let files = place.store([Upload::new("a/data.bin", stream::iter(chunks))]).await.unwrap();
    assert_eq!(fs::read(place.inside("data.bin")).unwrap(), bytes);
    assert_eq!(place.entries(), ["data.bin"]);
    let [file] = files.files() else { panic!("one file") };
    assert_eq!((file.original.as_str(), file.size), ("a/data.bin", 1_000_000));
    assert_eq!(file.digest, Digest::of(&bytes));
    let prompt = files.prompt_text("Look.");
    assert!(prompt.starts_with("Look.\n\n1 file was uploaded") && prompt.contains("Read it thoroughly."));
    assert!(prompt.ends_with("\n\"a/data.bin\" -> \"data.bin\" (application/octet-stream, 1000000 bytes)"));
}

#[tokio::test]
async fn without_uploads_nothing_is_written() {
    let place = Place::new();
    // The folder is not even asked for.
    fs::remove_dir(place.sandbox.path()).unwrap();
    let files = place.store([]).await.unwrap();
    assert!(files.is_empty() && !place.sandbox.path().exists());
    assert_eq!(files.prompt_text(" as it is\n"), " as it is\n");
}

#[tokio::test]
async fn w57_nothing_happens_before_an_upload_is_added() {
    let place = Place::new();
    let upload = Upload::new(
        "a.md",
        stream::poll_fn(|_| -> std::task::Poll<Option<io::Result<Bytes>>> { panic!("read") }),
    );
    let pending = PendingUploads::new(&place.sandbox, &UploadLimits::default());
    assert!(place.entries().is_empty());
    drop((upload, pending));
}

#[tokio::test]
async fn w57_files_of_one_name_do_not_replace_each_other() {
    let place = Place::new();
    let uploads = [("a.md", "one"), ("folder/a.md", "two"), ("A.MD", "three"), ("", "four")];
    let files = place.store(uploads.map(|(name, text)| Upload::from_bytes(name, text))).await.unwrap();
    assert_eq!(names(&files), ["a.md", "a-2.md", "A-3.MD", "upload"]);
    assert_eq!(place.read("a.md") + &place.read("a-2.md") + &place.read("A-3.MD"), "onetwothree");
    assert_eq!(files.file(&name("a-2.md")).unwrap().original, "folder/a.md");
}

#[tokio::test]
async fn the_same_uploads_once_more_refresh_the_same_files() {
    let place = Place::new();
    place.store([Upload::from_bytes("a.md", "old"), Upload::from_bytes("a.md", "older")]).await.unwrap();
    let files =
        place.store([Upload::from_bytes("a.md", "new"), Upload::from_bytes("a.md", "newer")]).await.unwrap();
    assert_eq!(names(&files), ["a.md", "a-2.md"]);
    assert_eq!((place.read("a.md"), place.read("a-2.md")), ("new".to_owned(), "newer".to_owned()));
    assert_eq!(place.entries(), ["a-2.md", "a.md"]);
}

#[tokio::test]
async fn a_new_file_has_the_rights_that_the_process_gives_files() {
    let place = Place::new();
    fs::write(place.outside("other"), "").unwrap();
    place.store([Upload::from_bytes("a.md", "a")]).await.unwrap();
    assert_eq!(mode(place.inside("a.md")), mode(place.outside("other")));
}

#[tokio::test]
async fn a_file_that_is_replaced_gives_its_rights() {
    let place = Place::new();
    fs::write(place.inside("a.md"), "old").unwrap();
    fs::set_permissions(place.inside("a.md"), fs::Permissions::from_mode(0o640)).unwrap();
    place.store([Upload::from_bytes("a.md", "new")]).await.unwrap();
    assert_eq!((mode(place.inside("a.md")), place.read("a.md")), (0o640, "new".to_owned()));
}

#[tokio::test]
async fn the_host_may_name_a_file_and_the_others_make_room() {
    let place = Place::new();
    let uploads =
        [Upload::from_bytes("doc.pdf", "one"), Upload::from_bytes("x", "%PDF-1").with_name("doc.pdf")];
    let files = place.store(uploads).await.unwrap();
    assert_eq!(names(&files), ["doc-2.pdf", "doc.pdf"]);
    assert_eq!(place.read("doc.pdf"), "%PDF-1");
    assert_eq!(files.files()[1].content_type, "application/pdf");
}

#[tokio::test]
async fn what_the_browser_says_is_a_hint_and_no_more() {
    let place = Place::new();
    let upload = |name: &'static str, bytes: &'static [u8], said| {
        Upload::from_bytes(name, bytes).with_content_type(said)
    };
    let uploads = [
        upload("a.typ", b"= A", "text/x-typst; charset=utf-8"),
        upload("b.md", b"# B", "text/x-typst"),
        upload("c.bin", b"\0", "image/png"),
        upload("d.bin", b"\0", "no type\r\nat: all"),
    ];
    let files = place.store(uploads).await.unwrap();
    let types: Vec<_> = files.files().iter().map(|file| file.content_type.as_str()).collect();
    assert_eq!(
        types,
        ["text/x-typst", "text/markdown", "application/octet-stream", "application/octet-stream"]
    );
}

/// A chunk of a mebibyte that counts how many of its kind there are.
struct Chunk(Vec<u8>, Arc<AtomicUsize>);

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn w57_a_large_file_is_never_in_memory_as_a_whole() {
    const COUNT: u64 = 64;
    let place = Place::with(&SandboxOptions::default().with_max_file_bytes(COUNT << 20));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let chunks = (0..COUNT).map({
        let most = Arc::clone(&most);
        move |number| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            Ok::<_, io::Error>(Bytes::from_owner(Chunk(vec![number as u8; 1 << 20], Arc::clone(&now))))
        }
    });
    let files = place.store([Upload::new("large", stream::iter(chunks))]).await.unwrap();
    assert_eq!(files.files()[0].size, COUNT << 20);
    assert_eq!(fs::metadata(place.inside("large")).unwrap().len(), COUNT << 20);
    assert!(most.load(Ordering::SeqCst) <= 2, "{most:?} chunks at once");
}

#[tokio::test]
async fn w57_small_pieces_do_not_pile_up() {
    let place = Place::new();
    let path = place.sandbox.path();
    let chunks = (0..100_u64).map(|number| {
        let [temporary] = place.entries().try_into().unwrap();
        let given = number * 64 * 1024;
        let written = fs::metadata(path.join(temporary)).unwrap().len();
        assert!(given - written < 1 << 20, "{written} of {given} bytes are written");
        Ok::<_, io::Error>(Bytes::from(vec![0; 64 * 1024]))
    });
    let files = place.store([Upload::new("a", stream::iter(chunks))]).await.unwrap();
    assert_eq!(files.files()[0].size, 100 * 64 * 1024);
}

#[tokio::test]
async fn uploads_that_come_one_after_the_other_get_their_names_together() {
    let place = Place::new();
    let limits = UploadLimits::default().with_max_total_bytes(10);
    let mut pending = PendingUploads::new(&place.sandbox, &limits);
    pending.add(Upload::from_bytes("a.md", "12345")).await.unwrap();
    // What is refused leaves nothing behind, and takes no room.
    let error = pending.add(Upload::from_bytes("b.md", "123456")).await.unwrap_err();
    assert!(matches!(&error, UploadError::TooLargeTogether { file, limit: 10 } if file == "b.md"), "{error}");
    assert_eq!(place.entries().len(), 1, "one that has no name yet");
    pending.add(Upload::from_bytes("c.md", "67890")).await.unwrap();
    let files = pending.commit().await.unwrap();
    assert_eq!(names(&files), ["a.md", "c.md"]);
    assert_eq!(place.entries(), ["a.md", "c.md"]);
}

#[tokio::test]
async fn an_upload_that_was_edited_is_no_echo() {
    let place = Place::new();
    let files = place.store([Upload::from_bytes("a.md", "mine")]).await.unwrap();
    assert!(files.is_echo(&name("a.md"), &Digest::of(b"mine")));
    assert!(!files.is_echo(&name("a.md"), &Digest::of(b"the agent's")));
    assert!(!files.is_echo(&name("b.md"), &Digest::of(b"mine")));
    let kept: UploadedFiles = files.files().iter().cloned().collect();
    assert_eq!(kept, files);
}
