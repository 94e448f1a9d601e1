//! What it costs to have an agent's files, beside a plain recursive copy of them.
//!
//! `cargo bench -p opencode-orchestrate --bench files` prints one figure a line. Each round does everything once, in
//! turn, on the same disk, and starts from a folder that was just written.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use object_store::local::LocalFileSystem;

use opencode_orchestrate::collect::{CollectFrom, MessageArtifacts};
use opencode_orchestrate::sandbox::{ListOptions, Sandbox};
use opencode_store::Store;
use opencode_store::artifact::{ArtifactStore, ObjectArtifacts};
use opencode_store::session::Subject;
use opencode_store::turn::{Admission, TurnId};
use opencode_testkit::bench::{Aim, Figure, memory_used};
use serde_json::json;
use tempfile::TempDir;

/// How many files there are.
const FILES: usize = 1000;
/// How many bytes each of them has.
const BYTES: usize = 100_000;
/// How many folders they are in.
const FOLDERS: usize = 10;
/// How often everything is measured.
const ROUNDS: usize = 7;
/// The argument by which this program starts itself to measure memory.
const MEASURE: &str = "--measure";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let measured = std::env::args().skip_while(|argument| argument != MEASURE).nth(1);
    if let Some(files) = measured {
        return runtime.block_on(measure(files.parse().expect("a number of files")));
    }
    runtime.block_on(costs());
    memory();
}

/// A folder with files of an agent, a store beside it, and a turn.
struct Scene {
    home: TempDir,
    store: Store,
    turn: TurnId,
}

impl Scene {
    async fn new(files: usize) -> Self {
        let home = tempfile::tempdir().expect("a folder can be made");
        let url = format!("sqlite://{}", home.path().join("bench.db").display());
        let store = Store::open(&url).await.expect("the database opens");
        store.migrate().await.expect("the tables are made");
        let subject = Subject::new("bench", "files").expect("a short name");
        let message_id = "msg_1".parse().expect("an id");
        let admission = Admission::new(subject, message_id, json!("Go.").into());
        let turn = store.turns().admit(&admission).await.expect("it is stored").turn.id;
        write(&home.path().join("box"), files).expect("files can be written");
        Self { home, store, turn }
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::open(self.home.path().join("box")).expect("the folder is there")
    }

    /// The place of artifacts as it is by default.
    fn lasting(&self) -> Arc<dyn ArtifactStore> {
        self.store.artifacts().expect("a place for artifacts")
    }

    /// One that leaves it to the operating system when bytes are on the disk, as a copy does.
    fn plain(&self) -> Arc<dyn ArtifactStore> {
        let folder = self.home.path().join("plain");
        fs::create_dir_all(&folder).expect("a folder can be made");
        let objects = LocalFileSystem::new_with_prefix(folder).expect("the folder is there");
        Arc::new(ObjectArtifacts::new(self.store.artifact_index(), Arc::new(objects)))
    }

    async fn collect(&self, place: Arc<dyn ArtifactStore>, files: usize) -> usize {
        let collector = MessageArtifacts::new(place).with_max_files(files);
        let sandbox = self.sandbox();
        let collected = collector.collect(CollectFrom::new(self.turn).sandbox(&sandbox)).await;
        assert!(collected.left_out.is_empty() && collected.trouble.is_none(), "{collected:?}");
        collected.stored.len()
    }
}

/// Files of random bytes, in folders.
fn write(root: &Path, files: usize) -> io::Result<()> {
    let mut random = fastrand::Rng::new();
    let mut bytes = vec![0; BYTES];
    for at in 0..files {
        let folder = root.join(format!("{}", at % FOLDERS));
        fs::create_dir_all(&folder)?;
        random.fill(&mut bytes);
        fs::write(folder.join(format!("{at:05}.bin")), &bytes)?;
    }
    Ok(())
}

/// The peer: what `cp -r` does, and then what makes it last.
fn copy(from: &Path, to: &Path, synced: bool) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, synced)?;
        } else {
            fs::copy(entry.path(), &target)?;
            if synced {
                fs::File::open(&target)?.sync_all()?;
            }
        }
    }
    if synced { fs::File::open(to)?.sync_all() } else { Ok(()) }
}

async fn costs() {
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let scene = Scene::new(FILES).await;
        let root = scene.home.path().join("box");
        let times = [
            timed(|| copy(&root, &scene.home.path().join("copy"), false).expect("it is copied")),
            timed(|| read(&scene.sandbox())),
            timed(|| copy(&root, &scene.home.path().join("synced"), true).expect("it is copied")),
            timed_async(async { assert_eq!(scene.collect(scene.lasting(), FILES).await, FILES) }).await,
            timed_async(async { assert_eq!(scene.collect(scene.lasting(), FILES).await, 0, "it is there") })
                .await,
            {
                let scene = Scene::new(FILES).await;
                timed_async(async { assert_eq!(scene.collect(scene.plain(), FILES).await, FILES) }).await
            },
        ];
        // The first one brings programs and folders into memory.
        if round > 0 {
            rounds.push(times);
        }
    }
    let median = |at: usize| {
        let mut times: Vec<f64> = rounds.iter().map(|times| times[at]).collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let [copied, read, synced, collected, again, unsynced] = [0, 1, 2, 3, 4, 5].map(median);
    let megabytes = megabytes();
    let of = |what: &str| format!("{what} {FILES} files of {} kB", BYTES / 1000);
    let plain = "a plain recursive copy";
    let lasting = "a recursive copy that is synchronised file by file";
    let figure = |name: &str, seconds: f64, peer: &str, of_peer: f64, aims: &[Aim]| {
        Figure { name, value: seconds * 1e3, unit: "ms", compared: Some((peer, seconds / of_peer)), aims }
            .print();
    };
    figure(&of("listing, checking and reading"), read, plain, copied, &[Aim::RatioAtMost(1.5)]);
    figure(
        &of("collecting, without waiting for the disk,"),
        unsynced,
        plain,
        copied,
        &[Aim::RatioAtMost(1.5)],
    );
    figure(
        &of("collecting, onto the disk and with their names stored,"),
        collected,
        plain,
        copied,
        &[Aim::RatioAtMost(1.5)],
    );
    figure(
        &of("collecting, onto the disk and with their names stored,"),
        collected,
        lasting,
        synced,
        &[Aim::RatioAtMost(1.5)],
    );
    figure(&of("collecting again, with nothing new,"), again, plain, copied, &[Aim::RatioAtMost(1.5)]);
    Figure { name: "bytes collected", value: megabytes / collected, unit: "MB/s", compared: None, aims: &[] }
        .print();
}

/// How many MB the files have.
fn megabytes() -> f64 {
    1e-6 * f64::from(u32::try_from(FILES * BYTES).expect("100 MB"))
}

fn read(sandbox: &Sandbox) {
    let listing = sandbox.list(&ListOptions::default().recursive()).expect("it is there");
    assert_eq!(listing.files.len(), FILES);
    let mut bytes = 0;
    for found in &listing.files {
        bytes += sandbox.file(&found.name).and_then(|file| file.read()).expect("a plain file").len();
    }
    assert_eq!(bytes, FILES * BYTES);
}

/// By how many MB collecting raises the most memory that a process ever had.
fn memory() {
    let of = |files: usize| {
        let program = std::env::current_exe().expect("a program knows where it is");
        let output = std::process::Command::new(program).args([MEASURE, &files.to_string()]).output();
        let output = output.expect("the bench can be started again");
        let said = String::from_utf8_lossy(&output.stdout);
        let figure: f64 = said.trim().parse().unwrap_or_else(|_| {
            panic!("not a figure: {said:?}, {}", String::from_utf8_lossy(&output.stderr))
        });
        figure
    };
    let many = of(FILES * 2);
    let megabytes = 2.0 * megabytes();
    Figure {
        name: &format!("memory for collecting {} files, at its highest", FILES * 2),
        value: many,
        unit: "MB",
        compared: Some((&format!("their bytes, {megabytes} MB"), many / megabytes)),
        aims: &[Aim::RatioAtMost(0.1)],
    }
    .print();
}

#[expect(clippy::print_stdout, reason = "the figure is told to the process that started this one")]
async fn measure(files: usize) {
    // What the first few cost is the store's, not theirs.
    let first = Scene::new(20).await;
    first.collect(first.lasting(), 20).await;
    let scene = Scene::new(files).await;
    let before = memory_used().expect("Linux");
    assert_eq!(scene.collect(scene.lasting(), files).await, files);
    let highest = memory_used().expect("Linux");
    println!("{}", (highest.most - before.now) / 1e6);
}

/// Waits until the disk has everything that was written before: nobody shall wait for what others wrote.
fn settle() {
    rustix::fs::sync();
}

fn timed(action: impl FnOnce()) -> f64 {
    settle();
    let start = Instant::now();
    action();
    start.elapsed().as_secs_f64()
}

async fn timed_async(action: impl Future<Output = ()>) -> f64 {
    settle();
    let start = Instant::now();
    action.await;
    start.elapsed().as_secs_f64()
}
