//! Restarts, ends, and the Unix socket.

use opencode_testkit::server::{Script, Server};
use serde_json::json;

use crate::client::{End, Events, create, get, post, prompt, request, try_send};

#[tokio::test]
async fn a_restart_leaves_unfinished_messages_and_no_status() {
    let server = Server::start().await;
    server.script(Script::new().text("half ").hold("mid").more("never"));
    let session_id = create(&server).await;
    let mut events = Events::connect(&server).await;
    prompt(&server, &session_id).await;
    server.wait_for_hold("mid").await;
    let address = server.addr();
    server.restart().await;
    let (seen, end) = events.rest().await;
    assert_eq!(end, End::Broken);
    assert!(seen.iter().all(|event| event["type"] != "session.idle"));
    assert_eq!(server.addr(), address);

    assert_eq!(get(&server, "/session/status").await.json(), json!({}));
    let messages = get(&server, &format!("/session/{session_id}/message")).await.json();
    assert!(messages[1]["info"]["time"]["completed"].is_null());
    assert_eq!(messages[1]["parts"][1]["text"], "");
    server.release("mid");
    prompt(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    assert_eq!(server.text(&session_id), "ok");
}

#[tokio::test]
async fn a_restart_breaks_waiting_requests_and_frozen_streams() {
    let server = Server::start().await;
    server.script(Script::new().hang());
    let session_id = create(&server).await;
    let mut events = Events::connect(&server).await;
    server.freeze_streams();
    let path = format!("/session/{session_id}/message");
    let body = json!({"parts": []});
    let waiting = try_send(&server, request("POST", &path, Some(&body)));
    let (answer, ()) = tokio::join!(waiting, async {
        server.wait_for_request("POST", "/session/:id/message").await;
        server.restart().await;
    });
    answer.unwrap_err();
    assert_eq!(events.rest().await.1, End::Broken);
    assert_eq!(server.streams(), 0);
}

#[tokio::test]
async fn dropping_the_server_closes_everything() {
    let server = Server::start().await;
    server.script(Script::new().hang());
    let session_id = create(&server).await;
    let mut events = Events::connect(&server).await;
    prompt(&server, &session_id).await;
    let address = server.addr();
    drop(server);
    assert_eq!(events.rest().await.1, End::Broken);
    tokio::net::TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_stop_the_turn() {
    let server = Server::start().await;
    server.script(Script::new().text("x").hold("mid"));
    let session_id = create(&server).await;
    let path = format!("/session/{session_id}/message");
    let body = json!({"parts": []});
    tokio::select! {
        _ = post(&server, &path, body) => panic!("the turn is held"),
        () = server.wait_for_hold("mid") => {}
    }
    server.release("mid");
    server.wait_for_idle(&session_id).await;
    assert_eq!(server.text(&session_id), "x");
}

#[cfg(unix)]
#[tokio::test]
async fn the_unix_socket_speaks_http_too() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("opencode.sock");
    let server = Server::builder().start_unix(&path).await.unwrap();
    assert_eq!(server.socket(), Some(path.as_path()));
    let mut socket = tokio::net::UnixStream::connect(&path).await.unwrap();
    socket.write_all(b"GET /global/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("\"healthy\":true"), "{answer}");
    drop(server);
    assert!(!path.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_can_be_used_again_after_a_restart() {
    let server = Server::start().await;
    server.default_script(Script::new().text("x").hold("gate").more("y").hold("gate").more("z"));
    let session_id = create(&server).await;
    for _ in 0..20 {
        prompt(&server, &session_id).await;
        server.wait_for_hold("gate").await;
        server.restart().await;
        prompt(&server, &session_id).await;
        server.wait_for_hold("gate").await;
        server.release("gate");
        server.wait_for_hold("gate").await;
        server.release("gate");
        server.wait_for_idle(&session_id).await;
        assert_eq!(server.text(&session_id), "xyz");
    }
}
