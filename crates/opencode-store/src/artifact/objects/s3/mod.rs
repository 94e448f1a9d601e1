//! A bucket of S3, or of what speaks its protocol.

mod connect;
mod environment;
mod idle;
mod open;
mod options;
mod tls;

pub use self::options::S3Options;
