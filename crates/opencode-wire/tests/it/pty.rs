//! Terminals, with a peer that speaks WebSocket and misbehaves.

use futures_util::{SinkExt as _, StreamExt as _};
use opencode_testkit::server::Server;
use opencode_wire::pty::{PtyEvent, PtyStart};
use opencode_wire::{Client, ErrorKind};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::client::raw::RawServer;
use super::support::in_time;

/// A listener, and a client for it.
async fn peer() -> (TcpListener, Client) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let client = Client::new(format!("http://{}", listener.local_addr().unwrap())).unwrap();
    (listener, client)
}

async fn accept(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    let (socket, _) = listener.accept().await.unwrap();
    tokio_tungstenite::accept_async(socket).await.unwrap()
}

fn output(text: &str) -> Option<PtyEvent> {
    Some(PtyEvent::Output(text.to_owned()))
}

#[tokio::test]
async fn a_terminal_says_what_was_before_and_what_is_new() {
    let (listener, client) = peer().await;
    let server = tokio::spawn(async move {
        let mut socket = accept(&listener).await;
        for message in
            [Message::text("before"), Message::binary(&b"\0{\"cursor\":6}"[..]), Message::Ping("x".into())]
        {
            socket.send(message).await.unwrap();
        }
        let typed = socket.next().await.unwrap().unwrap();
        socket.send(Message::text(format!("{typed} ä"))).await.unwrap();
        socket.close(None).await.unwrap();
    });
    let mut terminal = in_time(client.connect_pty("pty_1", PtyStart::Beginning)).await.unwrap();
    assert_eq!(in_time(terminal.next()).await.unwrap(), output("before"));
    assert_eq!(terminal.position(), None);
    assert_eq!(in_time(terminal.next()).await.unwrap(), Some(PtyEvent::Live));
    assert_eq!(terminal.position(), Some(6));
    terminal.send("ls").await.unwrap();
    assert_eq!(in_time(terminal.next()).await.unwrap(), output("ls ä"));
    assert_eq!(terminal.position(), Some(10));
    assert_eq!(in_time(terminal.next()).await.unwrap(), None);
    assert_eq!(in_time(terminal.next()).await.unwrap(), None, "and it stays closed");
    server.await.unwrap();
}

/// Not as a terminal whose program has ended.
#[tokio::test]
async fn a_connection_that_breaks_is_an_error() {
    let (listener, client) = peer().await;
    let server = tokio::spawn(async move { drop(accept(&listener).await) });
    let mut terminal = in_time(client.connect_pty("pty_1", PtyStart::Now)).await.unwrap();
    server.await.unwrap();
    assert_eq!(in_time(terminal.next()).await.unwrap_err().kind(), ErrorKind::Stream);
}

#[tokio::test]
async fn who_does_not_speak_websocket_is_told_from_who_refuses() {
    let server = Server::start().await;
    let client = Client::new(server.url()).unwrap();
    // The scripted server has no terminals, and answers with its web page.
    let unknown = in_time(client.connect_pty("pty_1", PtyStart::Now)).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotOpenCode, "{unknown}");
    let v2 = in_time(client.connect_v2_pty("pty_1", PtyStart::Now)).await.unwrap_err();
    assert_eq!(v2.kind(), ErrorKind::NotOpenCode, "{v2}");
    let escaping = client.connect_pty("..", PtyStart::Now).await.unwrap_err();
    assert_eq!(escaping.kind(), ErrorKind::InvalidId, "{escaping}");
    for (answer, kind) in [
        (&b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}"[..], ErrorKind::NotFound),
        (b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\ntrue", ErrorKind::Stream),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: no\r\n\r\n",
            ErrorKind::Stream,
        ),
    ] {
        let server = RawServer::answering(answer).await;
        let client = Client::new(server.url()).unwrap();
        let error = in_time(client.connect_pty("pty_1", PtyStart::Now)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
}
