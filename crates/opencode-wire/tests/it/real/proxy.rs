//! A TCP proxy that cuts every connection on command, and refuses new ones for as long as it is told to.

use std::net::{Ipv4Addr, SocketAddr};

use futures_util::future::{Either, select};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Stands between a client and a server on this machine.
pub(super) struct Proxy {
    address: SocketAddr,
    /// Whether connections are let through; every change to `false` cuts those that there are.
    open: watch::Sender<bool>,
    /// How many connections were refused.
    refused: watch::Receiver<usize>,
}

impl Proxy {
    /// Begins to stand before a port, open.
    pub(super) async fn before(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, is_open) = watch::channel(true);
        let (refusals, refused) = watch::channel(0);
        tokio::spawn(accept(listener, port, is_open, refusals));
        Self { address, open, refused }
    }

    /// The address to connect to.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cuts all connections and refuses new ones.
    pub(super) fn close(&self) {
        self.open.send_replace(false);
    }

    /// Lets connections through again.
    pub(super) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until some connections were refused.
    pub(super) async fn wait_for_refusals(&self, number: usize) {
        self.refused.clone().wait_for(|refused| *refused >= number).await.unwrap();
    }
}

async fn accept(
    listener: TcpListener,
    port: u16,
    is_open: watch::Receiver<bool>,
    refusals: watch::Sender<usize>,
) {
    while let Ok((client, _)) = listener.accept().await {
        if *is_open.borrow() {
            tokio::spawn(carry(client, port, is_open.clone()));
        } else {
            refusals.send_modify(|refused| *refused += 1);
        }
    }
}

async fn carry(mut client: TcpStream, port: u16, mut is_open: watch::Receiver<bool>) {
    let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return };
    let copying = std::pin::pin!(copy_bidirectional(&mut client, &mut server));
    let closed = std::pin::pin!(is_open.wait_for(|open| !open));
    // Either way both ends are dropped, and the peers see the connection break.
    match select(copying, closed).await {
        Either::Left(_) | Either::Right(_) => {}
    }
}
