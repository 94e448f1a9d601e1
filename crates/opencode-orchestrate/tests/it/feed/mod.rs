//! Turns that any number of readers follow.

mod cursors;
mod ends;
#[cfg(feature = "axum")]
mod http;
mod live;
mod page;
mod readers;
mod rig;
mod slow;
mod sse;
mod take_over;
