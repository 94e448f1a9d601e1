//! The facade over the OpenCode crates.
#[doc(inline)]
pub use opencode_wire as wire;
