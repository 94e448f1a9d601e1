//! An event stream whose answer begins with a very large head, as gateways write it.

use opencode_wire::Client;
use opencode_wire::hub::{Notice, Topic};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::support::{in_time, quick_stream};

/// Streams of directories have small buffers, into which such a head does not fit: the next try has ordinary ones.
#[tokio::test]
async fn a_head_that_does_not_fit_costs_one_try() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (paths, mut asked) = mpsc::unbounded_channel();
    let serving = tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer(socket, paths.clone()));
        }
    });
    let client = Client::builder().base_url(url).stream(quick_stream()).build().unwrap();
    let mut listener = client.listen(Topic::Session("ses_1".parse().unwrap()));
    let mut troubles = Vec::new();
    loop {
        match in_time(listener.next()).await {
            Notice::Live => break,
            Notice::Trouble(error) => troubles.push(error.to_string()),
            other => panic!("{other:?}"),
        }
    }
    serving.abort();
    assert_eq!(troubles, ["GET /event: the connection broke before an answer came"]);
    asked.close();
    let mut seen = Vec::new();
    while let Some(path) = asked.recv().await {
        seen.push(path);
    }
    assert_eq!(seen, ["/global/event", "/event", "/event"]);
}

/// Has no stream for all directories, and four kilobytes to say before the one of a directory.
async fn answer(mut socket: TcpStream, paths: mpsc::UnboundedSender<String>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if socket.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let path = String::from_utf8_lossy(&request).split(' ').nth(1).unwrap_or_default().to_owned();
    let answer = if path == "/event" {
        let policy = "default-src 'none'; ".repeat(200);
        let event = r#"data: {"type":"server.connected","properties":{}}"#;
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-policy: {policy}\r\n\r\n{event}\n\n")
    } else {
        "HTTP/1.1 404 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_owned()
    };
    drop(paths.send(path));
    // The client may hang up in the middle: that is what is tested.
    drop(socket.write_all(answer.as_bytes()).await);
    drop(socket.read(&mut [0]).await);
}
