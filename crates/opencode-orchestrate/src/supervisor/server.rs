//! A server that may be used.

use opencode_wire::Client;
use tokio::sync::mpsc;

use super::Running;
use super::driver::Order;

/// A server that may be used.
#[derive(Debug, Clone)]
pub struct Server {
    running: Running,
    orders: mpsc::UnboundedSender<Order>,
}

/// Somebody uses the server: while this is there, the server is not replaced, and is given time when it does not answer.
#[derive(Debug)]
#[must_use = "the server counts as idle when it is dropped"]
pub struct Hold(mpsc::UnboundedSender<Order>);

impl Server {
    pub(super) const fn new(running: Running, orders: mpsc::UnboundedSender<Order>) -> Self {
        Self { running, orders }
    }

    /// The client that has its password. It is of no use any more when the server was replaced.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.running.client
    }

    /// How many were started before it, and itself.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.running.generation
    }

    /// The number of its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.running.pid
    }

    /// The version that it says it is.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.running.version
    }

    /// Says that somebody uses it.
    pub fn hold(&self) -> Hold {
        let _over = self.orders.send(Order::Hold);
        Hold(self.orders.clone())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let _over = self.0.send(Order::Release);
    }
}
