//! What is in a sandbox after an upload, and what is not.

#[cfg(unix)]
mod alone;
#[cfg(unix)]
mod failing;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod one_name;
#[cfg(unix)]
mod parts;
#[cfg(unix)]
mod place;
#[cfg(unix)]
mod storing;
