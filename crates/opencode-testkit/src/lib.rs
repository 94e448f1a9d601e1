//! A scripted OpenCode server, a scripted model, and launchers for the real server, PostgreSQL and S3.
#![doc = ""]
#![doc = include_str!("../README.md")]

pub mod bench;
pub mod clock;
pub mod fixtures;
pub mod git;
mod machine;
pub mod model;
pub mod postgres;
pub mod real;
pub mod s3;
pub mod server;
