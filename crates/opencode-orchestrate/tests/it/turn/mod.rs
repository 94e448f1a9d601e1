//! Turns that are carried to their ends: on a scripted server, over a store in memory.

pub(crate) mod rig;
mod running;
mod stopping;
mod taking_over;
