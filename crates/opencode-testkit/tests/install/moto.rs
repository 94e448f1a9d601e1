//! The S3 server, from the cache or by pip.

use opencode_testkit::s3::MOTO_VERSION;

use crate::machine::{Machine, stderr};

/// Makes an environment whose Python is a copy of itself.
const VENV: &str = "[ \"$2\" = venv ] && mkdir -p \"$3/bin\" && cp \"$0\" \"$3/bin/python\"";

#[test]
fn without_python_one_sentence_says_what_to_install() {
    let said = stderr(&Machine::new().run("moto", &[]));
    assert!(said.contains("ERROR no python3 was found") && said.contains("OPENCODE_TEST_S3_URL"), "{said}");
}

#[test]
fn processes_that_fetch_at_the_same_time_fetch_once() {
    let machine = Machine::new().with("python3", &format!("{VENV}\nexit 0"));
    let children = [(); 4].map(|()| machine.start("moto", &[]));
    for child in children {
        let said = stderr(&child.wait_with_output().expect("the child ends"));
        assert!(said.contains("FOUND"), "{said}");
    }
    let calls = machine.calls();
    assert_eq!(calls.len(), 2, "one environment, one fetch: {calls:?}");
    assert!(calls[1].contains(&format!("moto[s3]=={MOTO_VERSION}")), "{calls:?}");
    assert!(machine.unfinished().is_empty(), "{:?}", machine.unfinished());
}

#[test]
fn a_failed_fetch_tells_what_pip_said_and_leaves_nothing() {
    let machine = Machine::new().with("python3", &format!("{VENV} && exit 0\necho no network >&2; exit 1"));
    let said = stderr(&machine.run("moto", &[]));
    assert!(said.contains("ERROR pip could not fetch") && said.contains("[no network]"), "{said}");
    assert!(machine.unfinished().is_empty(), "{:?}", machine.unfinished());
    assert!(!machine.cache().join(format!("moto-{MOTO_VERSION}")).exists());
}

#[test]
fn an_environment_whose_python_is_gone_is_made_again() {
    let machine = Machine::new().with("python3", &format!("{VENV}\nexit 0"));
    machine.run("moto", &[]);
    let python = machine.cache().join(format!("moto-{MOTO_VERSION}/bin/python"));
    std::fs::remove_file(&python).expect("a Python");
    let said = stderr(&machine.run("moto", &[]));
    assert!(said.contains("FOUND") && python.is_file(), "{said}");
}

#[test]
fn a_test_without_an_endpoint_says_so_and_fails_only_where_it_must() {
    let machine = Machine::new();
    let skipped = machine.run("moto skip", &[]);
    let said = stderr(&skipped);
    assert!(skipped.status.success() && said.contains("SKIPPED, this test needs S3"), "{said}");
    assert!(!machine.run("moto skip", &[("OPENCODE_TEST_REQUIRE", "1")]).status.success());
}
