//! What benches share: figures, and what a process has used.
//!
//! A figure is a line of JSON. Ratios compare two candidates of the same run, whose rounds take turns, so that they
//! hold on any machine; absolute values do not.

mod figure;
mod process;

pub use self::figure::{Aim, Figure};
pub use self::process::{Memory, SERVE, ServerProcess, cpu_seconds, memory_used, memory_used_by};
