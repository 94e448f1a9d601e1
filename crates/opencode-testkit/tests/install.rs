//! Finding and fetching a program, with a pretended npm.
//!
//! What is looked up depends on the environment of the process, so each case runs this test
//! program again with an environment of its own.

#![expect(clippy::disallowed_methods, reason = "the tests make an environment of their own from this one")]
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use opencode_testkit::real::{PINNED_VERSION, binary_or_skip, locate_or_install};
use tempfile::TempDir;

/// Tells the child what to do; without it the child's tests pass at once.
const ROLE: &str = "OPENCODE_TESTKIT_ROLE";

/// An empty machine: no program, no cache, and nothing on the `PATH` but what a case puts there.
struct Machine {
    root: TempDir,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(root.path().join("bin")).expect("a directory");
        Self { root }
    }

    /// An npm that writes down each call and then runs `body`, with the prefix in `$PREFIX`.
    fn with_npm(self, body: &str) -> Self {
        let log = self.root.path().join("npm.log");
        let script = format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\necho \"$@\" >> {}\n\
             while [ $# -gt 1 ]; do [ \"$1\" = --prefix ] && PREFIX=$2; shift; done\n\
             PACKAGE=${{1%@*}}\n{body}\n",
            log.display()
        );
        program(&self.root.path().join("bin").join("npm"), &script);
        self
    }

    fn start(&self, role: &str, variables: &[(&str, &str)]) -> Child {
        Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "child", "--nocapture"])
            .env_clear()
            .env("PATH", self.root.path().join("bin"))
            .env("HOME", self.root.path())
            .env(ROLE, role)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a child")
    }

    fn run(&self, role: &str, variables: &[(&str, &str)]) -> Output {
        let child = self.start(role, variables);
        child.wait_with_output().expect("the child ends")
    }

    fn npm_calls(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.root.path().join("npm.log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    fn cache(&self) -> std::path::PathBuf {
        let cache = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
        self.root.path().join(cache).join("opencode-host")
    }
}

fn program(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("rights");
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Puts a program that knows its version where the package would have it.
const NPM_THAT_WORKS: &str = "mkdir -p $PREFIX/node_modules/$PACKAGE/bin
cd $PREFIX/node_modules/$PACKAGE/bin
printf '#!/bin/sh\\necho 1.2.3\\n' > opencode
chmod +x opencode";

/// Runs only inside [`Machine::start`].
#[tokio::test]
async fn child() {
    match std::env::var(ROLE).as_deref() {
        Ok("locate") => match locate_or_install(|phase| eprintln!("{phase}")).await {
            Ok(binary) => eprintln!("FOUND {:?} {}", binary.source(), binary.path().display()),
            Err(error) => eprintln!("ERROR {error} [{}]", error.output().unwrap_or_default()),
        },
        Ok("skip") => drop(binary_or_skip().await),
        _ => {}
    }
}

#[test]
fn without_any_way_one_sentence_names_all_three() {
    let said = stderr(&Machine::new().run("locate", &[]));
    assert!(
        said.contains(
            "ERROR no OpenCode server was found: set OPENCODE_BIN to its program, put opencode \
             on PATH, or install Node.js with npm so that it can be fetched ["
        ),
        "{said}"
    );
}

#[test]
fn the_variable_goes_before_the_path_and_is_never_passed_over() {
    let machine = Machine::new();
    program(&machine.root.path().join("bin/opencode"), "#!/bin/sh\n");
    let own = machine.root.path().join("own");
    program(&own, "#!/bin/sh\n");
    let own = own.to_str().expect("a plain path");
    let said = stderr(&machine.run("locate", &[("OPENCODE_BIN", own)]));
    assert!(said.contains(&format!("FOUND Environment {own}")), "{said}");
    let said = stderr(&machine.run("locate", &[("OPENCODE_BIN", "/nowhere")]));
    assert!(said.contains("ERROR OPENCODE_BIN names /nowhere"), "{said}");
    let said = stderr(&machine.run("locate", &[("OPENCODE_BIN", "")]));
    assert!(said.contains("FOUND Path"), "{said}");
}

#[test]
fn processes_that_fetch_at_the_same_time_fetch_once() {
    let machine = Machine::new().with_npm(NPM_THAT_WORKS);
    let children = [(); 4].map(|()| machine.start("locate", &[]));
    for child in children {
        let said = stderr(&child.wait_with_output().expect("the child ends"));
        assert!(said.contains("FOUND Cache"), "{said}");
    }
    let calls = machine.npm_calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert!(calls[0].ends_with(&format!("@{PINNED_VERSION}")), "{calls:?}");
    let kept: Vec<_> = std::fs::read_dir(machine.cache())
        .expect("the cache")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().starts_with(".fetching"))
        .collect();
    assert!(kept.is_empty(), "{kept:?} was left behind");
    let said = stderr(&machine.run("locate", &[]));
    assert!(said.contains("FOUND Cache"), "{said}");
    assert_eq!(machine.npm_calls().len(), 1);
}

#[test]
fn a_failed_fetch_tells_what_npm_said_and_leaves_nothing() {
    let machine = Machine::new().with_npm("echo 'npm error network' >&2; exit 1");
    let said = stderr(&machine.run("locate", &[]));
    assert!(said.contains("could not fetch") && said.contains("[npm error network]"), "{said}");
    let left = std::fs::read_dir(machine.cache()).expect("the cache");
    let directories = left.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()));
    assert_eq!(directories.count(), 0);
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_build_that_does_not_run_here_gives_way_to_the_next() {
    let machine = Machine::new().with_npm(&format!(
        "{NPM_THAT_WORKS}
[ $PACKAGE = \"$(head -n1 {}/npm.log | sed 's/.* //; s/@.*//')\" ] && printf '#!/bin/sh\\nexit 132\\n' > opencode
exit 0",
        "$(dirname $0)/.."
    ));
    let said = stderr(&machine.run("locate", &[]));
    assert!(said.contains("FOUND Cache"), "{said}");
    let calls = machine.npm_calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    // The next run has to find the one that runs.
    let (second, _) = calls[1].rsplit_once('@').expect("a version");
    let (_, second) = second.rsplit_once(' ').expect("a package");
    let said = stderr(&machine.run("locate", &[]));
    assert!(said.contains(&format!("/{second}/")), "{said}");
}

#[test]
fn a_test_without_a_server_says_so_and_fails_only_where_it_must() {
    let machine = Machine::new();
    let skipped = machine.run("skip", &[]);
    let said = stderr(&skipped);
    assert!(skipped.status.success(), "{said}");
    assert!(said.contains("SKIPPED") && said.contains("OPENCODE_BIN"), "{said}");
    for required in [("CI", "true"), ("OPENCODE_TEST_REQUIRE", "1")] {
        let failed = machine.run("skip", &[required]);
        assert!(!failed.status.success(), "{required:?} did not count");
    }
    let wrong = machine.run("skip", &[("OPENCODE_BIN", "/nowhere")]);
    assert!(!wrong.status.success(), "a wrong variable is no absence");
}
