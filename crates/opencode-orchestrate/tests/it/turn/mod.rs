//! Turns that are carried to their ends: on a scripted server, over a store in memory.

mod asking;
mod building;
mod faults;
#[cfg(unix)]
mod files;
mod joining;
mod outcomes;
pub(crate) mod rig;
mod running;
mod stopping;
mod taking_over;
mod telling;
mod traces;
