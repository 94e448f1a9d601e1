//! The code of the pages that belong to no crate, compiled. Nobody but a doctest sees it.
//!
//! It is not in `opencode-host`, whose package does not have these pages: what is published must be testable too.
//! `cargo xtask release check` compiles the same file with the packaged crates.

#[cfg(doctest)]
mod readme {
    #![doc = include_str!("../../../README.md")]
}

#[cfg(doctest)]
mod files {
    #![doc = include_str!("../../../docs/FILES.md")]
}

#[cfg(doctest)]
mod production {
    #![doc = include_str!("../../../docs/PRODUCTION.md")]
}
