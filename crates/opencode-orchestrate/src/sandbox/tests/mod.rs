//! What a sandbox gives out, and what not.

pub(super) mod meddle;
