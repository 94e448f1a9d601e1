//! Finding and fetching programs, with a pretended npm and a pretended Python.
//!
//! What is looked up depends on the environment of the process, so each case runs this test
//! program again with an environment of its own.

#![expect(clippy::disallowed_methods, reason = "the tests make an environment of their own from this one")]
#![cfg(unix)]

mod machine;
mod moto;
mod opencode;

use opencode_testkit::real::{binary_or_skip, locate_or_install};
use opencode_testkit::s3;

/// Runs only inside [`Machine::start`].
#[tokio::test]
async fn child() {
    match std::env::var(machine::ROLE).as_deref() {
        Ok("locate") => match locate_or_install(|phase| eprintln!("{phase}")).await {
            Ok(binary) => eprintln!("FOUND {:?} {}", binary.source(), binary.path().display()),
            Err(error) => eprintln!("ERROR {error} [{}]", error.output().unwrap_or_default()),
        },
        Ok("skip") => drop(binary_or_skip().await),
        Ok("moto") => match s3::install().await {
            Ok(python) => eprintln!("FOUND {}", python.display()),
            Err(error) => eprintln!("ERROR {error} [{}]", error.output().unwrap_or_default()),
        },
        Ok("moto skip") => drop(s3::S3::start_or_skip().await),
        _ => {}
    }
}
