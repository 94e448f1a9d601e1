//! Servers that cannot be started, each for a reason that is said.

use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::supervisor::{Health, ServerState, StartError, Supervisor, SupervisorOptions};

use super::Impostor;
use super::stand_in::{HANGS_AFTER, Manner};
use crate::support::until_gone;

#[tokio::test]
async fn a_program_that_is_missing_is_named_with_a_way_out() {
    let options = SupervisorOptions::default().with_binary("/nowhere/opencode");
    let error = Supervisor::new(options).ensure().await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("/nowhere/opencode") && said.contains("npm install"), "{said}");
}

#[tokio::test]
async fn a_server_that_ends_at_once_says_what_it_has_printed() {
    let impostor = Impostor::new("echo 'the configuration is broken' >&2; exit 3");
    let error = impostor.refusal().await;
    let StartError::Ended { status, output } = &*error else { panic!("{error:?}") };
    assert_eq!((status.code(), output.as_str()), (Some(3), "the configuration is broken"));
}

/// It shows its password, floods its output, and has a child: nothing of that is left.
#[tokio::test]
async fn g23_a_server_that_never_becomes_ready_is_given_up_and_ended_with_all_that_it_started() {
    let impostor = Impostor::new(
        "echo \"my password is $OPENCODE_SERVER_PASSWORD\" >&2\n\
         yes 'a line of a flood' | head -n 20000\n\
         echo \"once more: $OPENCODE_SERVER_PASSWORD\"; sleep 600 & echo $! > \"$0.pid\"; wait",
    );
    let supervisor = Supervisor::new(impostor.options().with_ready_within(Duration::from_secs(10)));
    let error = supervisor.ensure().await.unwrap_err();
    let StartError::NotReady { output, missing, .. } = &*error else { panic!("{error:?}") };
    assert!(output.ends_with("once more: [password]"), "{output}");
    assert_eq!(*missing, "the line that says where the server listens");
    let child = std::fs::read_to_string(impostor.path().join("opencode.pid")).unwrap();
    until_gone(child.trim().parse().unwrap()).await;
}

/// Whoever asks again at once hears the same, and nothing is started again and again.
#[tokio::test]
async fn a_start_that_failed_is_not_tried_again_at_once() {
    let impostor = Impostor::new("echo x >> \"$0.starts\"; exit 1");
    let mut health = Health::default();
    health.first_pause = Duration::from_secs(3600);
    health.longest_pause = Duration::from_secs(3600);
    let supervisor = Supervisor::new(impostor.options().with_health(health));
    let first = supervisor.ensure().await.unwrap_err();
    let second = supervisor.ensure().await.unwrap_err();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(supervisor.status().state, ServerState::Failed);
    let starts = std::fs::read_to_string(impostor.path().join("opencode.starts")).unwrap();
    assert_eq!(starts, "x\n");
}

/// Arguments can be read by everybody on the machine.
#[tokio::test]
async fn g23_the_password_is_in_the_environment_alone() {
    let impostor = Impostor::new(
        "echo \"arguments: $*\"; test ${#OPENCODE_SERVER_PASSWORD} -ge 32 || echo weak; exit 1",
    );
    let error = impostor.refusal().await;
    let StartError::Ended { output, .. } = &*error else { panic!("{error:?}") };
    assert_eq!(output, "arguments: serve --hostname 127.0.0.1 --port 0");
}

/// What this process has in its environment is its own.
#[tokio::test]
async fn a_server_gets_what_it_needs_and_what_it_is_given() {
    let impostor = Impostor::new(
        "env | grep -v '^PWD=\\|^_=\\|^SHLVL=\\|^OLDPWD=' | cut -d= -f1 | sort | tr '\\n' ' '; exit 1",
    );
    let options = impostor.options().with_env("A_KEY", "geheim").pass_on("CARGO_PKG_NAME");
    let shown = format!("{options:?}");
    assert!(shown.contains("A_KEY") && !shown.contains("geheim"), "{shown}");
    let error = Supervisor::new(options).ensure().await.unwrap_err();
    let StartError::Ended { output, .. } = &*error else { panic!("{error:?}") };
    let names: Vec<&str> = output.split_whitespace().collect();
    assert!(
        names.contains(&"A_KEY") && names.contains(&"CARGO_PKG_NAME") && names.contains(&"PATH"),
        "{output}"
    );
    assert!(!names.contains(&"CARGO_MANIFEST_DIR"), "{output}");
}

#[tokio::test]
async fn a_program_that_says_nothing_is_given_up() {
    let impostor = Impostor::new("exec sleep 600");
    let supervisor = Supervisor::new(impostor.options().with_ready_within(Duration::from_millis(300)));
    let error = supervisor.ensure().await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("the line that says where the server listens is missing"), "{said}");
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused_with_both_versions() {
    let impostor = Impostor::stand_in(Manner::Plain);
    let options = impostor.options().with_min_version((1, 19, 0)).with_ready_within(HANGS_AFTER);
    let error = Supervisor::new(options).ensure().await.unwrap_err();
    assert_eq!(error.to_string(), "the server is version 1.18.33, and 1.19.0 is the oldest that will do");
}

/// It would never answer as one, so nobody waits for that.
#[tokio::test]
async fn another_server_is_refused_at_once() {
    for manner in [Manner::Page, Manner::Strange] {
        let impostor = Impostor::stand_in(manner);
        let supervisor = Supervisor::new(impostor.options().with_ready_within(Duration::from_secs(3600)));
        let refused = tokio::time::timeout(HANGS_AFTER, supervisor.ensure()).await;
        let error = refused.expect("it is not waited for").unwrap_err();
        assert!(matches!(&*error, StartError::Client(_)), "{manner:?}: {error:?}");
    }
}
