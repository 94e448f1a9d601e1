//! What a sandbox gives out, and what not.

#[cfg(unix)]
mod attack;
#[cfg(unix)]
mod files;
#[cfg(unix)]
mod listing;
pub(super) mod meddle;
#[cfg(unix)]
mod opening;
#[cfg(unix)]
mod properties;
#[cfg(unix)]
mod races;
#[cfg(unix)]
mod stage;
#[cfg(unix)]
mod streams;
#[cfg(unix)]
mod writing;
