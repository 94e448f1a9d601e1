//! Pages that belong to no single item.

#[doc = include_str!("docs/own_tables.md")]
pub mod own_tables {}

#[doc = include_str!("docs/schema.md")]
pub mod schema {}
