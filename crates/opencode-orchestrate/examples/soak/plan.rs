//! What all processes agree on: subjects, times, and what a turn says.

use std::time::Duration;

use anyhow::Result;
use opencode_store::session::Subject;
use opencode_store::turn::TurnId;

/// How long a turn is somebody's own without being renewed: short, so that many are taken over.
pub(crate) const TURN_LEASE: Duration = Duration::from_millis(1500);
/// How long the making of a session may take.
pub(crate) const MINT_LEASE: Duration = Duration::from_millis(1500);
/// How long after that an attempt is swept: longer than the server holds an answer back.
pub(crate) const MINT_GRACE: Duration = Duration::from_secs(3);
/// How long objects without a name are kept, which is the least that a store allows.
pub(crate) const OBJECT_GRACE: Duration = Duration::from_secs(60);
/// How many turns of a session may be open before nothing more is admitted to it.
pub(crate) const OPEN_TURNS: usize = 8;
/// How many steps a turn has.
pub(crate) const STEPS: u64 = 3;
/// How many tokens each of them costs.
pub(crate) const TOKENS: u64 = 7;
/// How many contents an artifact may have.
pub(crate) const VERSIONS: u64 = 3;
/// The directories that sessions are moved between.
pub(crate) const DIRECTORIES: [&str; 2] = ["/srv/blue", "/srv/green"];
/// The scope of every subject.
pub(crate) const SCOPE: &str = "soak";

/// How many subjects have turns.
const LASTING: u64 = 12;
/// How many subjects have none, and are deleted now and then.
const FLEETING: u64 = 3;

/// The subjects that have turns.
pub(crate) fn lasting() -> Result<Vec<Subject>> {
    named("lasting", LASTING)
}

/// The subjects that come and go.
pub(crate) fn fleeting() -> Result<Vec<Subject>> {
    named("fleeting", FLEETING)
}

fn named(kind: &str, count: u64) -> Result<Vec<Subject>> {
    (0..count).map(|number| Ok(Subject::new(SCOPE, format!("{kind}/{number}"))?)).collect()
}

/// What a turn says in one step. It depends on nothing else, so that whoever takes the turn over says the same.
pub(crate) fn said(turn: TurnId, step: u64) -> String {
    format!("step {step} of turn {turn}; ")
}

/// What a turn has said after so many steps.
pub(crate) fn said_until(turn: TurnId, steps: u64) -> String {
    (0..steps).map(|step| said(turn, step)).collect()
}

/// The bytes of an artifact. Many turns make the same, so that they are stored once, dropped, and made again.
pub(crate) fn content(turn: TurnId, version: u64) -> String {
    format!("version {version} of what turn {} makes\n", turn.get() % 40).repeat(20)
}

/// The part that a turn's text is in.
pub(crate) fn text_part(turn: TurnId) -> String {
    format!("prt_{turn}_text")
}

/// The part that ends a step.
pub(crate) fn step_part(turn: TurnId, step: u64) -> String {
    format!("prt_{turn}_step_{step}")
}
