//! What a sandbox gives out, and what not.
#![cfg(unix)]

mod attack;
mod files;
mod listing;
pub(super) mod meddle;
mod opening;
mod properties;
mod races;
mod stage;
mod streams;
mod writing;
