//! Brings a store and an OpenCode server together.
#![doc = include_str!("../README.md")]
//!
//! With the feature `axum`, [`feed`] answers browsers by way of that web framework.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod display;
pub mod feed;
pub mod log;
pub mod turn;
pub mod upstream;
pub mod worker;
