//! Playing scripts: the agent of the scripted server.
//!
//! [`Live`] is the pure half: it changes the state and so causes events. [`Turn`] is the driver: it walks through the
//! steps and waits where a step waits.

mod call;
mod compact;
mod ending;
mod live;
mod output;
mod repeat;
mod run;
mod shell;
mod step;
mod subagent;
mod tool;
mod turn;

pub(crate) use live::Live;
pub(crate) use run::{start, summarize};
pub(crate) use shell::run_shell;
pub(crate) use turn::{Stop, Turn};
