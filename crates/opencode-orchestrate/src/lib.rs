//! Brings a store and an OpenCode server together.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod display;
pub mod feed;
pub mod log;
pub mod turn;
pub mod upstream;
pub mod worker;
