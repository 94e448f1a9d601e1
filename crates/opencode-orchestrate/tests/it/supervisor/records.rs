//! What is written down of servers, and who is ended because of it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Stdio;

use futures_util::future::join_all;
use opencode_orchestrate::supervisor::{StartError, Supervisor};
use serde_json::{Value, json};

use super::Impostor;
use super::stand_in::{HANGS_AFTER, Manner};
use crate::support::is_there;

fn records(impostor: &Impostor) -> Vec<std::path::PathBuf> {
    let folder = fs::read_dir(impostor.path().join("records")).unwrap();
    folder.map(|file| file.unwrap().path()).collect()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn supervisor(impostor: &Impostor) -> Supervisor {
    Supervisor::new(impostor.options().with_ready_within(HANGS_AFTER))
}

/// A process that nobody has asked to end, and that is ended with the test.
struct Bystander(std::process::Child);

impl Bystander {
    fn start() -> Self {
        Self(std::process::Command::new("/bin/sleep").arg("600").spawn().unwrap())
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
async fn g25_a_server_is_written_down_for_its_user_alone_until_it_has_ended() {
    use std::os::unix::fs::PermissionsExt as _;
    let impostor = Impostor::stand_in(Manner::Plain);
    let supervisor = supervisor(&impostor);
    let server = supervisor.ensure().await.unwrap();
    let [path] = &*records(&impostor) else { panic!("one server, one record") };
    let record = read(path);
    assert_eq!(record["server"]["pid"], server.pid());
    assert_eq!(record["owner"]["pid"], std::process::id());
    let mark = record["mark"].as_str().unwrap();
    let environment = fs::read_to_string(format!("/proc/{}/environ", server.pid())).unwrap();
    assert!(environment.contains(&format!("OPENCODE_HOST_MARK={mark}")));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(path), mode(path.parent().unwrap())), (0o600, 0o700));
    supervisor.stop().await;
    assert!(records(&impostor).is_empty());
}

#[tokio::test]
async fn g25_a_start_that_came_to_nothing_leaves_no_record() {
    let impostor = Impostor::new("exit 1");
    impostor.refusal().await;
    assert!(records(&impostor).is_empty());
    fs::write(impostor.path().join("opencode"), "no program").unwrap();
    impostor.refusal().await;
    assert!(records(&impostor).is_empty());
}

/// Whoever has got the number of a server that is gone, whoever's owner lives, what cannot be read: nobody is ended.
#[tokio::test]
async fn g25_nobody_is_ended_because_of_a_record_that_does_not_fit() {
    let impostor = Impostor::stand_in(Manner::Plain);
    let running = supervisor(&impostor);
    let server = running.ensure().await.unwrap();
    let of_ours = records(&impostor).remove(0);
    let bystander = Bystander::start();
    let nobody = json!({ "pid": 4_000_000, "started": 1 });
    let this = json!({ "pid": bystander.0.id(), "started": 1 });
    let with = |changes: &[(&str, &Value)]| {
        let mut record = read(&of_ours);
        record["mark"] = json!("0123456789abcdef0123456789abcdef");
        for (field, value) in changes {
            record[field] = (*value).clone();
        }
        record.to_string()
    };
    let folder = impostor.path().join("records");
    let elsewhere = json!({ "host": "elsewhere", "boot": "another", "space": "" });
    let here = &read(&of_ours)["place"];
    let rebooted = json!({ "host": here["host"], "boot": "another", "space": here["space"] });
    // Its name, what is in it, and whether it is there afterwards.
    let files = [
        ("reused.json", with(&[("owner", &nobody), ("server", &this)]), false),
        ("owned.json", with(&[("server", &this)]), true),
        ("elsewhere.json", with(&[("owner", &nobody), ("place", &elsewhere)]), true),
        ("rebooted.json", with(&[("owner", &nobody), ("place", &rebooted)]), false),
        ("newer.json", with(&[("owner", &nobody), ("format", &json!(2))]), true),
        ("markless.json", with(&[("owner", &nobody), ("mark", &json!(""))]), true),
        ("broken.json", "{\"format\":1,".to_owned(), true),
        ("empty.json", String::new(), true),
        ("fresh.tmp", String::new(), true),
        ("notes.txt", "not ours".to_owned(), true),
    ];
    for (name, content, _) in &files {
        fs::write(folder.join(name), content).unwrap();
    }
    let old = fs::File::create(folder.join("old.tmp")).unwrap();
    old.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let other = supervisor(&impostor);
    other.ensure().await.unwrap();
    for (name, _, stays) in &files {
        assert_eq!(folder.join(name).exists(), *stays, "{name}");
    }
    assert!(!folder.join("old.tmp").exists());
    assert!(is_there(bystander.0.id()) && is_there(server.pid()));
    other.stop().await;
    running.stop().await;
}

/// Any number of supervisors come to what was left over at once: it is ended, with all of its group and although it
/// does not want to, and each of them has its server.
#[tokio::test(flavor = "multi_thread")]
async fn g25_what_was_left_over_is_ended_however_many_come_at_once() {
    let impostor = Impostor::stand_in(Manner::Plain);
    let first = supervisor(&impostor);
    let server = first.ensure().await.unwrap();
    let script = "trap '' TERM; sleep 600 & echo $!; wait; wait";
    let mut left_over = std::process::Command::new("/bin/sh")
        .args(["-c", script])
        .process_group(0)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(left_over.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let mut record = read(&records(&impostor)[0]);
    record["mark"] = json!("0123456789abcdef0123456789abcdef");
    record["owner"] = json!({ "pid": 4_000_000, "started": 1 });
    record["server"] = json!({ "pid": left_over.id(), "started": started(left_over.id()) });
    record["command"] = json!(["/bin/sh", "-c", script]);
    fs::write(impostor.path().join("records").join("left.json"), record.to_string()).unwrap();
    let others: Vec<_> = (0..4).map(|_| supervisor(&impostor)).collect();
    let servers = join_all(others.iter().map(Supervisor::ensure)).await;
    assert!(!is_there(left_over.id()) && !is_there(said.trim().parse().unwrap()));
    left_over.wait().unwrap();
    for started in servers.iter().map(|server| server.as_ref().unwrap()).chain([&server]) {
        assert!(is_there(started.pid()));
    }
    assert_eq!(records(&impostor).len(), 5);
    join_all(others.iter().map(Supervisor::stop)).await;
    first.stop().await;
    assert!(records(&impostor).is_empty());
}

/// When a process was started, in clock ticks.
fn started(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_directory_of_records_that_cannot_be_made_is_said() {
    let impostor = Impostor::stand_in(Manner::Plain);
    let options = impostor.options().with_records(impostor.path().join("opencode").join("records"));
    let error = Supervisor::new(options).ensure().await.unwrap_err();
    assert!(matches!(&*error, StartError::Directory { .. }), "{error:?}");
}
