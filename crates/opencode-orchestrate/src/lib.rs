//! Brings a store and an OpenCode server together.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod agent;
pub mod blocker;
pub mod collect;
pub mod display;
pub mod exchange;
pub mod feed;
mod file_name;
pub mod hooks;
pub mod log;
pub mod pool;
pub mod report;
pub mod rules;
pub mod sandbox;
mod subject_folder;
#[cfg(feature = "supervisor")]
#[cfg_attr(docsrs, doc(cfg(feature = "supervisor")))]
pub mod supervisor;
mod trace;
pub mod transform;
pub mod turn;
mod unseen;
pub mod upload;
pub mod upstream;
pub mod worker;
#[cfg(feature = "supervisor")]
#[cfg_attr(docsrs, doc(cfg(feature = "supervisor")))]
pub mod worktree;
