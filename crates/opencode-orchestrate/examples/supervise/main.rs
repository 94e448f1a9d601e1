//! The program that `cargo xtask soak supervisor` is made of: an owner of servers, and a server that starts quickly.
//!
//! `supervise own ORDERS` starts servers and ends them in every way there is, looks for what is left each time, and
//! prints what it found as one JSON object per line. The orders are one JSON object; see [`orders::Orders`].
//! `supervise serve` is the server, started as OpenCode is.

#![expect(clippy::print_stdout, reason = "what the owner and the server print is what they are for")]

#[cfg(unix)]
mod busy;
#[cfg(unix)]
mod census;
#[cfg(unix)]
mod cycle;
#[cfg(unix)]
mod finding;
#[cfg(unix)]
mod orders;
#[cfg(unix)]
mod own;
#[cfg(unix)]
mod serve;

#[cfg(unix)]
fn main() -> anyhow::Result<()> {
    use anyhow::{Context as _, bail};
    use tokio::runtime::Builder;

    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        // One thread, so that it is busy as a whole when it is.
        (Some("serve"), _) => Builder::new_current_thread().enable_all().build()?.block_on(serve::run()),
        (Some("own"), Some(orders)) => {
            let orders = serde_json::from_str(&orders).context("the orders cannot be read")?;
            Builder::new_multi_thread().enable_all().build()?.block_on(own::run(&orders))
        }
        // Whatever runs the examples of a workspace calls this one without orders.
        _ => bail!("`cargo xtask soak supervisor` runs this program"),
    }
}

/// What is left of a server is looked for as Unix shows it.
#[cfg(not(unix))]
fn main() {
    println!("this program is for Unix");
}
