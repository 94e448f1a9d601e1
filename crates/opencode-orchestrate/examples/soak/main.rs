//! The program that `cargo xtask soak store` is made of: workers that share a store, and the check that follows.
//!
//! `soak worker ORDERS` works on the store until its stdin ends, and then until nothing is left to do.
//! `soak check ORDERS` looks at every row, every object and every session of the server, and prints what it found as
//! one JSON object per line. The orders are one JSON object; see [`orders::Orders`].

#![expect(clippy::print_stdout, reason = "what the check prints is what it is for")]

mod check;
mod journal;
mod orders;
mod places;
mod plan;
mod worker;

use anyhow::{Context as _, Result, bail};

use self::orders::Orders;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (task, orders) = (arguments.next(), arguments.next());
    // Whatever runs the examples of a workspace calls this one without orders.
    let (Some(task), Some(orders)) = (task, orders) else {
        bail!("`cargo xtask soak store` runs this program")
    };
    let orders: Orders = serde_json::from_str(&orders).context("the orders cannot be read")?;
    match task.as_str() {
        "worker" => worker::run(orders).await,
        "check" => check::run(&orders).await,
        _ => bail!("`{task}` is neither `worker` nor `check`"),
    }
}
