//! No name and no path leads out of a sandbox, and uploads get names that are safe everywhere.

#![no_main]

use std::path::{Component, Path};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use opencode_orchestrate::sandbox::{ListOptions, Sandbox};
use opencode_orchestrate::upload::{Upload, UploadLimits, UploadedFiles};
use opencode_store::artifact::ArtifactName;

const SECRET: &str = "a secret of the host";

fuzz_target!(|input: (String, Vec<String>)| {
    let (path, originals) = input;
    let home = tempfile::tempdir().unwrap();
    let secret = home.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    let sandbox = Sandbox::create(home.path().join("box")).unwrap();

    let said: Option<ArtifactName> = path.parse().ok();
    for name in said.into_iter().chain(sandbox.name_of(&path)) {
        assert!(Path::new(name.as_str()).components().all(|part| matches!(part, Component::Normal(_))));
        let _written = sandbox.write(&name, b"new");
        if let Ok(file) = sandbox.file(&name) {
            assert_eq!(&file.read().unwrap()[..], b"new");
        }
        let _removed = sandbox.remove(&name);
    }
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), SECRET);

    let empty = Sandbox::create(home.path().join("uploads")).unwrap();
    let originals: Vec<String> = originals.into_iter().take(4).collect();
    let uploads = originals.iter().map(|name| Upload::from_bytes(name.as_str(), Bytes::from_static(b"up")));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let limits = UploadLimits::default();
    let stored = runtime.block_on(UploadedFiles::store(&empty, uploads, &limits)).expect("every name can be made safe");
    let listing = empty.list(&ListOptions::default()).unwrap();
    assert_eq!(listing.files.len(), originals.len(), "each has a name of its own, and none is hidden");
    let text = stored.prompt_text("Look.");
    let lines = if originals.is_empty() { 1 } else { 3 + originals.len() };
    assert_eq!(text.lines().count(), lines, "no name makes a line of its own: {text}");
    assert!(!text.chars().any(|char| char.is_control() && char != '\n'));
});
