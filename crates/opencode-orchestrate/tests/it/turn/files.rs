//! The files of a turn are stored before its end is, whoever carries it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use opencode_orchestrate::collect::{Collected, MessageArtifacts};
use opencode_orchestrate::hooks::{HookResult, TurnHooks};
use opencode_orchestrate::turn::{Turn, TurnOutcome, TurnRunner};
use opencode_store::artifact::ArtifactStoreExt as _;
use opencode_store::session::SessionConfig;
use opencode_store::turn::TurnRecord;
use opencode_testkit::server::{Script, Tool};
use opencode_wire::drive::CancellationToken;
use serde_json::json;
use tempfile::TempDir;

use super::rig::Rig;
use crate::support::subject;

/// What a host was told, in order.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl TurnHooks for Told {
    async fn on_files(&self, _: &TurnRecord, collected: &Collected) -> HookResult {
        let stored = collected.stored.iter().map(|artifact| artifact.name.to_string());
        let left_out =
            collected.left_out.iter().map(|left_out| format!("{}: {}", left_out.name, left_out.why));
        self.0.lock().unwrap().extend(stored.chain(left_out));
        Ok(())
    }

    async fn on_finished(&self, outcome: &TurnOutcome) -> HookResult {
        self.0.lock().unwrap().push(format!("finished with {}", outcome.artifacts.len()));
        Ok(())
    }
}

/// A server, a folder in which its agent works, and a host that wants the files.
struct Desk {
    rig: Rig,
    folder: TempDir,
    told: Arc<Told>,
}

impl Desk {
    async fn set_up() -> Self {
        Self { rig: Rig::start().await, folder: tempfile::tempdir().unwrap(), told: Arc::default() }
    }

    fn runner(&self) -> TurnRunner {
        let files = MessageArtifacts::new(self.rig.store.artifacts().unwrap());
        self.rig.runner().with_files(files).with_hooks(Arc::clone(&self.told) as _)
    }

    fn directory(&self) -> String {
        self.folder.path().canonicalize().unwrap().to_str().unwrap().to_owned()
    }

    fn turn(&self) -> Turn {
        Turn::on(&self.runner(), &subject(), "Go.").directory(self.directory())
    }

    fn write(&self, file: &str, content: &str) {
        std::fs::write(self.folder.path().join(file), content).unwrap();
    }

    /// Says that it wrote a file.
    fn says(&self, file: &str, content: &str) -> Tool {
        let path = format!("{}/{file}", self.directory());
        Tool::new("write")
            .input(json!({ "filePath": path, "content": content }))
            .metadata(json!({ "filepath": path }))
    }

    async fn contents(&self, outcome: &TurnOutcome) -> Vec<(String, String)> {
        let artifacts = self.rig.store.artifacts().unwrap();
        let mut all = Vec::new();
        for artifact in &outcome.artifacts {
            let read = artifacts.read_bytes(outcome.turn.id, &artifact.name, 1000).await.unwrap();
            all.push((artifact.name.to_string(), String::from_utf8(read.unwrap().1.to_vec()).unwrap()));
        }
        all
    }
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect()
}

#[tokio::test]
async fn the_files_of_a_turn_are_there_when_it_has_ended() {
    let desk = Desk::set_up().await;
    std::os::unix::fs::symlink("/etc/passwd", desk.folder.path().join("link")).unwrap();
    let script = Script::new().tool(desk.says("said.md", "by a tool")).text("Here").hold("said").more(".");
    desk.rig.server.script(script);
    let running = tokio::spawn(desk.turn().run(CancellationToken::new()));
    desk.rig.server.wait_for_hold("said").await;
    desk.write("made.md", "by a command");
    desk.rig.server.release("said");
    let outcome = running.await.unwrap().unwrap();
    let expected = [("made.md", "by a command"), ("said.md", "by a tool")];
    assert_eq!(desk.contents(&outcome).await, pairs(&expected));
    let link = "link: it is a link, or in a folder that is one";
    assert_eq!(desk.told.take(), ["said.md", "made.md", link, "finished with 2"]);
}

#[tokio::test]
async fn a_turn_that_was_stopped_has_files_too() {
    let desk = Desk::set_up().await;
    desk.rig
        .server
        .script(Script::new().tool(desk.says("half.md", "half")).text("Here").hold("said").more("."));
    let token = CancellationToken::new();
    let running = tokio::spawn(desk.turn().run(token.clone()));
    desk.rig.server.wait_for_hold("said").await;
    token.cancel();
    let outcome = running.await.unwrap().unwrap();
    assert_eq!(desk.contents(&outcome).await, pairs(&[("half.md", "half")]));
}

#[tokio::test]
async fn whoever_takes_a_turn_over_collects_what_is_missing_and_nothing_twice() {
    let desk = Desk::set_up().await;
    desk.rig.server.script(Script::new().tool(desk.says("said.md", "by a tool")).text("Here.").hold("said"));
    desk.turn().enqueue().await.unwrap();
    let config = SessionConfig::new(desk.directory());
    let claim = desk.rig.claim().await.unwrap();
    let (runner, its) = (desk.runner(), config.clone());
    let first = tokio::spawn(async move { runner.run(claim, &its, CancellationToken::new()).await });
    desk.rig.server.wait_for_hold("said").await;
    first.abort();
    desk.rig.lapse();
    desk.write("made.md", "by a command");
    desk.rig.server.release("said");
    let claim = desk.rig.claim().await.unwrap();
    let finished = desk.runner().run(claim, &config, CancellationToken::new()).await.unwrap();
    let outcome = TurnOutcome::load(&desk.rig.store, finished.turn).await.unwrap();
    let names: Vec<_> = outcome.artifacts.iter().map(|artifact| artifact.name.as_str()).collect();
    assert!(names.contains(&"said.md"), "{names:?}");
    assert!(outcome.artifacts.iter().all(|artifact| artifact.revision == 1));
}

#[tokio::test]
async fn a_server_on_another_machine_has_what_its_tools_say() {
    let desk = Desk::set_up().await;
    let tool = Tool::new("write").input(json!({ "filePath": "/far/away/deep/a.md", "content": "a" }));
    desk.rig.server.script(Script::new().tool(tool).text("Here."));
    let turn = Turn::on(&desk.runner(), &subject(), "Go.").directory("/far/away");
    let outcome = turn.run(CancellationToken::new()).await.unwrap();
    assert_eq!(desk.contents(&outcome).await, pairs(&[("deep/a.md", "a")]));
}

#[tokio::test]
async fn a_folder_that_cannot_be_trusted_is_told_and_the_turn_ends_all_the_same() {
    let desk = Desk::set_up().await;
    let link = desk.folder.path().join("link");
    std::os::unix::fs::symlink("/etc", &link).unwrap();
    desk.rig.server.script(Script::new().text("Here."));
    let turn = Turn::on(&desk.runner(), &subject(), "Go.").directory(link.to_str().unwrap());
    let outcome = turn.run(CancellationToken::new()).await.unwrap();
    assert!(outcome.is_completed() && outcome.artifacts.is_empty());
    let told = desk.told.take();
    assert!(told[0].contains("is a link: name the folder that it leads to"), "{told:?}");
    assert_eq!(told[1], "finished with 0");
}

#[tokio::test]
async fn without_being_asked_for_nothing_is_collected() {
    let desk = Desk::set_up().await;
    desk.rig.server.script(Script::new().tool(desk.says("said.md", "by a tool")).text("Here."));
    let turn = Turn::on(&desk.rig.runner(), &subject(), "Go.").directory(desk.directory());
    assert!(turn.run(CancellationToken::new()).await.unwrap().artifacts.is_empty());
}
