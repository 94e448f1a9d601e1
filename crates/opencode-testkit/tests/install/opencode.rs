//! The OpenCode program, from the environment, the `PATH`, the cache or npm.

use opencode_testkit::real::PINNED_VERSION;

use crate::machine::{Machine, program, stderr};

/// Puts a program that knows its version where the package would have it.
const NPM_THAT_WORKS: &str = "mkdir -p $PREFIX/node_modules/$PACKAGE/bin
cd $PREFIX/node_modules/$PACKAGE/bin
printf '#!/bin/sh\\necho 1.2.3\\n' > opencode
chmod +x opencode";

/// A machine with an npm that runs `body`, with the prefix in `$PREFIX`.
fn with_npm(body: &str) -> Machine {
    let arguments = "while [ $# -gt 1 ]; do [ \"$1\" = --prefix ] && PREFIX=$2; shift; done\nPACKAGE=${1%@*}";
    Machine::new().with("npm", &format!("{arguments}\n{body}"))
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
    let machine = with_npm(NPM_THAT_WORKS);
    let children = [(); 4].map(|()| machine.start("locate", &[]));
    for child in children {
        let said = stderr(&child.wait_with_output().expect("the child ends"));
        assert!(said.contains("FOUND Cache"), "{said}");
    }
    let calls = machine.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert!(calls[0].ends_with(&format!("@{PINNED_VERSION}")), "{calls:?}");
    let kept = machine.unfinished();
    assert!(kept.is_empty(), "{kept:?} was left behind");
    let said = stderr(&machine.run("locate", &[]));
    assert!(said.contains("FOUND Cache"), "{said}");
    assert_eq!(machine.calls().len(), 1);
}

#[test]
fn a_failed_fetch_tells_what_npm_said_and_leaves_nothing() {
    let machine = with_npm("echo 'npm error network' >&2; exit 1");
    let said = stderr(&machine.run("locate", &[]));
    assert!(said.contains("could not fetch") && said.contains("[npm error network]"), "{said}");
    let left = std::fs::read_dir(machine.cache()).expect("the cache");
    let directories = left.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()));
    assert_eq!(directories.count(), 0);
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_build_that_does_not_run_here_gives_way_to_the_next() {
    let machine = with_npm(&format!(
        "{NPM_THAT_WORKS}
[ $PACKAGE = \"$(head -n1 {}/calls.log | sed 's/.* //; s/@.*//')\" ] && printf '#!/bin/sh\\nexit 132\\n' > opencode
exit 0",
        "$(dirname $0)/.."
    ));
    let said = stderr(&machine.run("locate", &[]));
    assert!(said.contains("FOUND Cache"), "{said}");
    let calls = machine.calls();
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
