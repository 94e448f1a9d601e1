//! What the benches share: a server in a process of its own, a host with a store beside it, and figures.
//!
//! A figure is a line of JSON. Ratios compare two candidates of the same run, whose rounds take turns, so that they
//! hold on any machine; absolute values do not.

// Each bench uses its share of what is here.
#![allow(dead_code, unused_imports, reason = "each bench is a crate of its own and uses a part")]

pub(crate) mod far_end;
pub(crate) mod host;
pub(crate) mod load;
pub(crate) mod sdk;

pub(crate) use opencode_testkit::bench::{Aim, Figure};
use opencode_testkit::bench::{SERVE, cpu_seconds};

use self::far_end::Pace;
pub(crate) use self::host::Host;
pub(crate) use self::load::{Cost, Load};

/// Runs a bench on a runtime with two threads, or plays the server if this process was started for that.
pub(crate) fn run(bench: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == SERVE) {
        runtime.block_on(far_end::serve(Pace::parse(&arguments[at + 1])));
        return;
    }
    if cpu_seconds().is_none() {
        return;
    }
    runtime.block_on(bench);
}

/// Whether a part of a bench is wanted: each is, unless the command line names some.
pub(crate) fn is_wanted(part: &str, parts: &[&str]) -> bool {
    let mut named = std::env::args().filter(|argument| parts.contains(&argument.as_str())).peekable();
    named.peek().is_none() || named.any(|named| named == part)
}
