//! Many processes that begin at once, and can be killed.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::worker::{Got, ORDERS, Orders, PROGRAM};

/// Processes that wait for the same word.
pub(super) struct Crowd {
    members: Vec<Member>,
}

struct Member {
    name: String,
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Crowd {
    /// Starts so many processes, and waits until all have opened the store.
    pub(super) async fn gather(count: usize, store_url: &str, server_url: &str) -> Self {
        let start = |number: usize| {
            Member::start(Orders {
                name: format!("worker/{number}"),
                store_url: store_url.to_owned(),
                server_url: server_url.to_owned(),
            })
        };
        let mut members: Vec<Member> = (0..count).map(start).collect();
        for member in &mut members {
            assert_eq!(member.next().await.as_deref(), Some("ready"));
        }
        Self { members }
    }

    /// Lets all of them begin.
    pub(super) async fn go(&mut self) {
        for member in &mut self.members {
            member.stdin.write_all(b"go\n").await.unwrap();
        }
    }

    /// Kills the process of that name with SIGKILL.
    pub(super) async fn kill(&mut self, name: &str) {
        let index = self.members.iter().position(|member| member.name == name).expect("it is alive");
        self.members.swap_remove(index).child.kill().await.unwrap();
    }

    /// Kills one that nobody has chosen.
    pub(super) async fn kill_any(&mut self) {
        let index = fastrand::usize(..self.members.len());
        self.members.swap_remove(index).child.kill().await.unwrap();
    }

    /// What the tasks of the living got.
    pub(super) async fn collect(self) -> Vec<Got> {
        let mut got = Vec::new();
        for mut member in self.members {
            while let Some(line) = member.next().await {
                got.push(serde_json::from_str(&line).unwrap());
            }
            assert!(member.child.wait().await.unwrap().success(), "{} failed", member.name);
        }
        got
    }
}

impl Member {
    fn start(orders: Orders) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", PROGRAM, "--nocapture", "--quiet"])
            .env(ORDERS, serde_json::to_string(&orders).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { name: orders.name, child, stdin, stdout }
    }

    /// The next thing it says.
    async fn next(&mut self) -> Option<String> {
        while let Some(line) = self.stdout.next_line().await.unwrap() {
            if let Some(said) = line.strip_prefix("> ") {
                return Some(said.to_owned());
            }
        }
        None
    }
}
