//! An owner of a server in a process of its own, which can be killed.

use std::path::Path;
use std::process::Stdio;

use opencode_orchestrate::supervisor::Supervisor;
use opencode_testkit::real::binary_or_skip;
use rustix::process::{Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::super::rig::HANGS_AFTER;
use super::strays::work;
use super::{options, pid};
use crate::support::{is_there, until_gone};

/// Names the program, the folder of an owner that is to be killed, that of its records, and what its agent shall do.
const OWNER: &str = "OPENCODE_TEST_OWNER";
/// The mark of the server that it may have been started on.
const OUTER: &str = "OPENCODE_HOST_MARK";
const STARTED: &str = "the server is process ";

/// A process that owns a server.
pub(super) struct Owner {
    process: Child,
    pub(super) server: u32,
}

impl Owner {
    /// Starts one, whose agent does something unless that is empty.
    pub(super) async fn start(binary: &Path, folder: &Path, records: &Path, prompt: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "real::supervised::owner::owner_of_a_server", "--nocapture", "--quiet"])
            .env(
                OWNER,
                format!("{}\n{}\n{}\n{prompt}", binary.display(), folder.display(), records.display()),
            )
            // As if an agent had started it, on a server of another owner.
            .env(OUTER, folder)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let started = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, number)) = line.split_once(STARTED) {
                    return number.parse().unwrap();
                }
            }
            panic!("the owner has started no server");
        };
        let server = tokio::time::timeout(HANGS_AFTER, started).await.expect("it starts");
        Self { process, server }
    }

    /// Ends the shell that would end the server with SIGKILL, so that the server really is left over.
    pub(super) fn cut_lifeline(&self) {
        let wanted = ["opencode-lifeline".to_owned(), self.server.to_string()];
        let is_meant = |pid: &u32| {
            let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.split('\0').collect::<Vec<_>>().windows(2).any(|words| words == wanted)
        };
        let processes = std::fs::read_dir("/proc").unwrap();
        let mut numbers = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        let lifeline = numbers.find(is_meant).expect("a server has a lifeline");
        kill_process(pid(lifeline), Signal::KILL).unwrap();
    }

    /// Ends it with SIGKILL: no destructor runs.
    pub(super) async fn kill(mut self) -> u32 {
        self.process.kill().await.unwrap();
        self.server
    }
}

/// Not a test of its own: the owner of a server, which others start and kill.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "it is told, and tells, as a process does")]
async fn owner_of_a_server() {
    let Ok(told) = std::env::var(OWNER) else { return };
    let [binary, folder, records, prompt] = told.splitn(4, '\n').collect::<Vec<_>>().try_into().unwrap();
    let supervisor = Supervisor::new(options(binary.as_ref(), folder.as_ref()).with_records(records));
    let server = supervisor.ensure().await.unwrap();
    let _turn = match prompt {
        "" => None,
        prompt => Some(work(&server, prompt).await),
    };
    println!("{STARTED}{}", server.pid());
    std::future::pending::<()>().await;
}

/// No destructor runs, and nobody is there to end it.
#[tokio::test(flavor = "multi_thread")]
async fn g23_a_server_ends_when_its_owner_is_killed() {
    let Some(binary) = binary_or_skip().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let owner = Owner::start(binary.path(), folder.path(), folder.path(), "").await;
    assert!(is_there(owner.server));
    until_gone(owner.kill().await).await;
}

/// Where the owner is itself what an agent has started, it is killed with all that carries the mark of that agent's
/// server. What ends the owner's server is not among that.
#[tokio::test(flavor = "multi_thread")]
async fn g23_a_server_ends_when_its_owner_is_killed_as_the_command_of_an_agent() {
    let Some(binary) = binary_or_skip().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let owner = Owner::start(binary.path(), folder.path(), folder.path(), "").await;
    let mark = format!("{OUTER}={}", folder.path().display());
    let carries = |number: &u32| {
        let environment = std::fs::read(format!("/proc/{number}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    let processes = std::fs::read_dir("/proc").unwrap();
    let numbers = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    for number in numbers.filter(carries) {
        kill_process(pid(number), Signal::KILL).unwrap();
    }
    until_gone(owner.server).await;
}
