//! How many turns a far end in another process holds.

use std::time::Duration;

use opencode_testkit::bench::ServerProcess;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How many turns the server holds.
pub(crate) async fn held(server: &ServerProcess) -> usize {
    let mut socket = TcpStream::connect(&server.address).await.expect("the server accepts");
    socket.write_all(b"GET /held HTTP/1.1\r\n\r\n").await.expect("the server reads");
    let mut answer = vec![0; 1024];
    let length = socket.read(&mut answer).await.expect("the server answers");
    let answer = String::from_utf8_lossy(&answer[..length]);
    answer.lines().last().and_then(|number| number.parse().ok()).expect("a number")
}

/// Waits until the server holds that many turns.
pub(crate) async fn until_held(server: &ServerProcess, turns: usize) {
    while held(server).await < turns {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
