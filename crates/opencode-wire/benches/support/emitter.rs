//! A server that does nothing but answer what a turn asks, and send events as fast as a scenario says.
//!
//! It is not coherent, and it parses nothing that it does not need: it stands at the other end of a bench.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// None.
    Idle,
    /// None, and there is no stream for all directories.
    IdlePerDirectory,
    /// As many as the socket takes, sixteen in a write, for the first session.
    Flood,
    /// The same, but only one in [`FOREIGN`] is for the first session.
    ForeignFlood,
    /// One in a write, [`PACE`] a second, for [`PACED_SESSIONS`] sessions in turn.
    Paced,
}

/// Events a second in the paced scenario.
pub(crate) const PACE: usize = 20_000;
/// Sessions in the paced scenario.
pub(crate) const PACED_SESSIONS: usize = 1000;
/// How many events there are for one that somebody listens to.
pub(crate) const FOREIGN: usize = 1000;
/// Events in one write of a flood.
const BURST: usize = 16;

impl Scenario {
    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "idle" => Self::Idle,
            "idle-per-directory" => Self::IdlePerDirectory,
            "flood" => Self::Flood,
            "foreign-flood" => Self::ForeignFlood,
            "paced" => Self::Paced,
            other => panic!("no scenario is called {other}"),
        }
    }
}

/// Serves for ever, and says its address first.
#[expect(clippy::print_stdout, reason = "the address is told to the process that started this one")]
pub(crate) async fn serve(scenario: Scenario) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
    println!("{}", listener.local_addr().expect("a bound socket has an address"));
    loop {
        let (socket, _) = listener.accept().await.expect("connections can be accepted");
        tokio::spawn(async move {
            // A client that goes away ends its connection; that is no failure of the server.
            drop(answer(socket, scenario).await);
        });
    }
}

/// Answers requests on one connection until it becomes a stream.
async fn answer(mut socket: TcpStream, scenario: Scenario) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut received = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if socket.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&received[..end]).into_owned();
        received.drain(..end);
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let is_stream = match path {
            "/global/event" => scenario != Scenario::IdlePerDirectory,
            "/event" | "/raw" => true,
            _ => false,
        };
        if is_stream {
            return stream(socket, scenario).await;
        }
        let number = query.rsplit("d%2F").next().or(Some(query)).unwrap_or_default();
        let body = body(path, number);
        let kind = if path == "/global/event" { "text/html" } else { "application/json" };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(answer.as_bytes()).await?;
    }
}

/// What a turn needs to know: its session works, and its prompt is stored.
fn body(path: &str, number: &str) -> String {
    let session = path.strip_prefix("/session/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    match path {
        "/session/status" => format!(r#"{{"ses_{number}":{{"type":"busy"}}}}"#),
        "/permission" | "/question" => "[]".to_owned(),
        _ if path.ends_with("/children") => "[]".to_owned(),
        _ if path.ends_with("/message") => format!(
            r#"[{{"info":{{"id":"msg_1","sessionID":"{session}","role":"user","time":{{"created":1}}}},"parts":[]}}]"#
        ),
        "/global/event" => "<!doctype html>".to_owned(),
        _ => {
            let number = session.trim_start_matches("ses_");
            format!(
                r#"{{"id":"{session}","directory":"/d/{number}","title":"","version":"1","time":{{"created":1,"updated":1}}}}"#
            )
        }
    }
}

async fn stream(mut socket: TcpStream, scenario: Scenario) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await?;
    let connected =
        r#"{"payload":{"id":"evt_1faefda6f001u37MyfgiSKGri8","type":"server.connected","properties":{}}}"#;
    socket.write_all(&chunk(&frame(connected))).await?;
    match scenario {
        Scenario::Idle | Scenario::IdlePerDirectory => std::future::pending::<()>().await,
        Scenario::Flood => flood(&mut socket, 1).await?,
        Scenario::ForeignFlood => flood(&mut socket, FOREIGN).await?,
        Scenario::Paced => pace(&mut socket).await?,
    }
    Ok(())
}

/// Sends events as fast as they are taken; one in `foreign` is for the first session.
async fn flood(socket: &mut TcpStream, foreign: usize) -> std::io::Result<()> {
    let mut number = 0;
    loop {
        let mut burst = Vec::new();
        for _ in 0..BURST {
            number += 1;
            let session = if number % foreign == 0 { "ses_0" } else { "ses_of_somebody_else" };
            burst.extend(frame(&delta(session, number)));
        }
        socket.write_all(&chunk(&burst)).await?;
    }
}

async fn pace(socket: &mut TcpStream) -> std::io::Result<()> {
    let tick = Duration::from_millis(1);
    let mut ticks = tokio::time::interval(tick);
    let mut number = 0;
    loop {
        ticks.tick().await;
        for _ in 0..PACE / 1000 {
            number += 1;
            let session = format!("ses_{}", number % PACED_SESSIONS);
            socket.write_all(&chunk(&frame(&delta(&session, number)))).await?;
        }
    }
}

fn delta(session: &str, number: usize) -> String {
    format!(
        r#"{{"directory":"/d/0","project":"p","payload":{{"id":"evt_{number:026}","type":"message.part.delta","properties":{{"sessionID":"{session}","messageID":"msg_2faefdbb2001X1WWgqwjRJQdp","partID":"prt_1faefdc610015CVCh6GpaWOK3Y","field":"text","delta":"a word "}}}}}}"#
    )
}

fn frame(data: &str) -> Vec<u8> {
    format!("data: {data}\n\n").into_bytes()
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}
