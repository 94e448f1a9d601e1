//! A program on `opencode-wire` without features: bytes go in, a reply comes out.

use anyhow::{Result, ensure};

use super::{Verdict, program};
use crate::process;
use crate::release::unpacked::Unpacked;

const NAME: &str = "alone";

const DEPENDENCIES: &str = "opencode-wire = { version = \"={version}\", default-features = false }";

/// What the program prints when it has understood the stream.
const PRINTED: &str = "Hello from outside.\n8 tokens in, 5 out, $0.001000\n";

pub(super) fn run(packages: &mut Unpacked) -> Result<Verdict> {
    program::write(packages, NAME, DEPENDENCIES, include_str!("programs/alone.rs"))?;
    let printed = process::read_stdout(&mut program::cargo(packages, "run", NAME)?)?;
    ensure!(printed == PRINTED, "the program printed {printed:?} and not {PRINTED:?}");
    Ok(Verdict::Passed)
}
