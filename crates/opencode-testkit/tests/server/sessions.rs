//! Sessions, errors and everything around prompts that is not a turn.

use opencode_testkit::server::{Script, Server};
use serde_json::json;

use crate::client::{Events, create, delete, get, labels, post, prompt, request, try_send};

#[tokio::test]
async fn sessions_are_created_listed_changed_and_deleted() {
    let server = Server::start().await;
    let first = create(&server).await;
    let body = json!({"parentID": first});
    let second = post(&server, "/session", body).await.json();
    assert!(second["title"].as_str().unwrap().starts_with("Child session - 20"));
    assert_eq!(second["directory"], server.directory());
    let ids = |answer: serde_json::Value| -> Vec<String> {
        answer.as_array().unwrap().iter().map(|info| info["id"].as_str().unwrap().to_owned()).collect()
    };
    let second = second["id"].as_str().unwrap().to_owned();
    assert!(second < first, "session ids descend");
    assert_eq!(ids(get(&server, "/session").await.json()), [second.clone(), first.clone()]);
    assert_eq!(ids(get(&server, "/session?roots=true").await.json()), std::slice::from_ref(&first));
    assert_eq!(ids(get(&server, "/session?limit=1").await.json()), std::slice::from_ref(&second));
    assert_eq!(ids(get(&server, "/session?search=TES").await.json()), std::slice::from_ref(&first));
    assert!(ids(get(&server, "/session?directory=/elsewhere").await.json()).is_empty());

    let mut events = Events::connect(&server).await;
    let patch = request("PATCH", &format!("/session/{first}"), Some(&json!({"title": "renamed"})));
    assert_eq!(try_send(&server, patch).await.unwrap().json()["title"], "renamed");
    assert_eq!(delete(&server, &format!("/session/{first}")).await.text, "true");
    let seen = events.so_far(&server).await;
    assert_eq!(labels(&seen), ["session.updated", "session.deleted", "session.deleted"]);
    assert_eq!(seen[1]["properties"]["sessionID"], second.as_str(), "children go first");
    assert_eq!(delete(&server, &format!("/session/{first}")).await.status, 404);
}

#[tokio::test]
async fn a_session_keeps_the_hosts_note_and_every_permission_rule() {
    let server = Server::start().await;
    let (allow, deny) = (json!({"action": "allow"}), json!({"action": "deny"}));
    let body = json!({"metadata": {"ticket": 7}, "permission": [allow]});
    let made = try_send(&server, request("POST", "/session", Some(&body))).await.unwrap().json();
    assert_eq!(made["metadata"], json!({"ticket": 7}));
    let path = format!("/session/{}", made["id"].as_str().unwrap());
    let changes = json!({"metadata": {"ticket": 8}, "permission": [deny]});
    let changed = try_send(&server, request("PATCH", &path, Some(&changes))).await.unwrap().json();
    assert_eq!(changed["metadata"], json!({"ticket": 8}));
    assert_eq!(changed["permission"], json!([allow, deny]));
}

#[tokio::test]
async fn errors_have_the_shapes_of_a_real_server() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    let path = format!("/session/{session_id}/prompt_async");
    let unknown = get(&server, "/session/ses_nope").await;
    assert_eq!(unknown.status, 404);
    let message = json!({"name": "NotFoundError", "data": {"message": "Session not found: ses_nope"}});
    assert_eq!(unknown.json(), message);
    let strange = get(&server, "/session/foo").await;
    assert_eq!((strange.status, strange.json()["name"].as_str()), (500, Some("UnknownError")));
    assert!(strange.json()["data"]["ref"].as_str().unwrap().starts_with("err_"));

    for (body, message) in [
        (json!({}), "Missing key\n  at [\"parts\"]"),
        (json!({"parts": "x"}), "Expected array, got \"x\"\n  at [\"parts\"]"),
        (json!({"parts": [{"type": "text"}]}), "Missing key\n  at [\"parts\"][0][\"text\"]"),
        (
            json!({"parts": [], "messageID": "abc"}),
            "Expected a string starting with \"msg\", got \"abc\"\n  at [\"messageID\"]",
        ),
        (
            json!({"parts": [{"id": "bad", "type": "text", "text": "hi"}]}),
            "Expected a string starting with \"prt\", got \"bad\"\n  at [\"parts\"][0][\"id\"]",
        ),
    ] {
        let answer = post(&server, &path, body).await;
        let expected = json!({"name": "BadRequest", "data": {"message": message, "kind": "Payload"}});
        assert_eq!((answer.status, answer.json()), (400, expected));
    }
    let broken =
        http::Request::post(&path).header("content-type", "application/json").body("{not json".into());
    assert_eq!(try_send(&server, broken.unwrap()).await.unwrap().status, 500);
    let plain = http::Request::post(&path).header("content-type", "text/plain").body("{}".into());
    assert_eq!(try_send(&server, plain.unwrap()).await.unwrap().status, 415);
    assert_eq!(post(&server, "/session", json!({"title": 5})).await.json(), json!({"_tag": "BadRequest"}));
    for (method, path) in [("GET", "/nosuchroute"), ("PUT", "/session")] {
        let page = try_send(&server, request(method, path, None)).await.unwrap();
        assert_eq!((page.status, page.header("content-type")), (200, "text/html"));
    }
}

#[tokio::test]
async fn a_busy_session_refuses_shell_and_revert() {
    let server = Server::start().await;
    server.script(Script::new().text("x").hold("mid"));
    let session_id = create(&server).await;
    prompt(&server, &session_id).await;
    server.wait_for_hold("mid").await;
    for (route, body) in
        [("shell", json!({"agent": "build", "command": "echo"})), ("revert", json!({"messageID": "msg_x"}))]
    {
        let answer = post(&server, &format!("/session/{session_id}/{route}"), body).await;
        assert_eq!((answer.status, answer.json()["_tag"].as_str()), (409, Some("SessionBusyError")));
    }
}

#[tokio::test]
async fn shell_and_command_leave_their_messages() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    let mut events = Events::connect(&server).await;
    let body = json!({"agent": "build", "command": "echo out"});
    let answer = post(&server, &format!("/session/{session_id}/shell"), body).await.json();
    assert_eq!(answer["parts"][0]["state"]["status"], "completed");
    assert_eq!(
        labels(&events.so_far(&server).await),
        [
            "session.status busy",
            "message.updated user",
            "part text",
            "message.updated assistant",
            "part tool running",
            "part tool running",
            "message.updated assistant completed",
            "part tool completed",
            "session.status idle",
            "session.idle",
        ]
    );

    let path = format!("/session/{session_id}/command");
    server.script(Script::new().text("init done"));
    let answer = post(&server, &path, json!({"command": "init", "arguments": "now"})).await.json();
    assert_eq!(answer["parts"][1]["text"], "init done");
    let executed = events.until("command.executed", 1).await.pop().unwrap();
    assert_eq!(executed["properties"]["messageID"], answer["info"]["id"]);
    assert_eq!(post(&server, &path, json!({"command": "nope", "arguments": ""})).await.status, 500);
}

#[tokio::test]
async fn revert_hides_nothing_until_the_next_prompt() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    for _ in 0..2 {
        prompt(&server, &session_id).await;
        server.wait_for_idle(&session_id).await;
    }
    let second = server.messages(&session_id)[2]["info"]["id"].clone();
    let path = format!("/session/{session_id}/revert");
    let reverted = post(&server, &path, json!({"messageID": second})).await.json();
    assert_eq!(reverted["revert"]["messageID"], second);
    assert_eq!(server.messages(&session_id).len(), 4);
    let unreverted = post(&server, &format!("/session/{session_id}/unrevert"), json!({})).await.json();
    assert!(unreverted["revert"].is_null());

    post(&server, &path, json!({"messageID": second})).await;
    let mut events = Events::connect(&server).await;
    prompt(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    let labels = labels(&events.so_far(&server).await);
    assert_eq!(
        labels[..4],
        ["message.removed", "message.removed", "session.updated", "message.updated user"]
    );
    assert_eq!(server.messages(&session_id).len(), 4);
}

#[tokio::test]
async fn a_fork_is_a_copy_and_not_a_child() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    for _ in 0..2 {
        prompt(&server, &session_id).await;
        server.wait_for_idle(&session_id).await;
    }
    let second = server.messages(&session_id)[2]["info"]["id"].clone();
    let path = format!("/session/{session_id}/fork");
    let fork = post(&server, &path, json!({"messageID": second})).await.json();
    assert_eq!(fork["title"], "test (fork #1)");
    let messages = server.messages(fork["id"].as_str().unwrap());
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1]["info"]["parentID"], messages[0]["info"]["id"]);
    assert_ne!(messages[0]["info"]["id"], server.messages(&session_id)[0]["info"]["id"]);
    assert_eq!(get(&server, &format!("/session/{session_id}/children")).await.json(), json!([]));
}

#[tokio::test]
async fn the_describing_routes_answer_json() {
    let server = Server::builder().version("9.9.9").start().await;
    server.put_file("src/a.rs", "fn a() {}\nfn b() {}\n");
    assert_eq!(get(&server, "/global/health").await.json(), json!({"healthy": true, "version": "9.9.9"}));
    for path in
        ["/agent", "/command", "/config", "/config/providers", "/provider", "/path", "/project/current"]
    {
        assert_eq!(get(&server, path).await.header("content-type"), "application/json", "{path}");
    }
    assert_eq!(get(&server, "/file?path=.").await.json()[0]["path"], "src/");
    assert_eq!(get(&server, "/file?path=src").await.json()[0]["name"], "a.rs");
    assert_eq!(get(&server, "/file?path=../..").await.status, 500);
    let content = get(&server, "/file/content?path=src/a.rs").await.json();
    assert_eq!(content, json!({"type": "text", "content": "fn a() {}\nfn b() {}"}));
    assert_eq!(get(&server, "/find/file?query=A.RS").await.json(), json!(["src/a.rs"]));
    assert_eq!(get(&server, "/find?pattern=fn%20b").await.json()[0]["line_number"], 2);
    assert_eq!(get(&server, "/find/symbol?query=x").await.json(), json!([]));
}

#[tokio::test]
async fn a_password_is_asked_for_everywhere() {
    let server = Server::builder().password("s3cret").start().await;
    let refused = get(&server, "/global/health").await;
    assert_eq!((refused.status, refused.text.as_str()), (401, ""));
    assert_eq!(refused.header("www-authenticate"), "Basic realm=\"Secure Area\"");
    let mut allowed = request("GET", "/session", None);
    allowed.headers_mut().insert("authorization", "Basic b3BlbmNvZGU6czNjcmV0".parse().unwrap());
    assert_eq!(try_send(&server, allowed).await.unwrap().status, 200);
    assert_eq!(get(&server, "/session?auth_token=b3BlbmNvZGU6czNjcmV0").await.status, 200);
    let seen = format!("{:?} {server:?}", server.requests());
    assert!(!seen.contains("b3BlbmNvZGU6czNjcmV0"), "{seen}");
    assert!(!seen.contains("s3cret"), "{seen}");
}

#[tokio::test]
async fn a_base_path_is_stripped() {
    let server = Server::builder().base_path("proxy/oc/").start().await;
    assert_eq!(get(&server, "/proxy/oc/session").await.json(), json!([]));
    assert_eq!(get(&server, "/session").await.header("content-type"), "text/html");
    assert_eq!(get(&server, "/proxy/octopus/session").await.header("content-type"), "text/html");
    assert_eq!(server.requests()[0].path, "/session");
    assert!(server.url().ends_with("/proxy/oc"));
}
