//! Messages as they are fetched.

use opencode_testkit::server::{Script, Server};
use serde_json::{Value, json};

use crate::client::{Events, create, get, labels, post, prompt};

fn ids(messages: &Value) -> Vec<&str> {
    messages.as_array().unwrap().iter().map(|message| message["info"]["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_go_backwards_and_are_ordered_forwards() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    for _ in 0..4 {
        prompt(&server, &session_id).await;
        server.wait_for_idle(&session_id).await;
    }
    let path = format!("/session/{session_id}/message");
    let all = get(&server, &path).await.json();
    let all = ids(&all);
    assert_eq!(all.len(), 8);
    let mut pages = Vec::new();
    let mut next = format!("{path}?limit=3&directory=%2Fsrv%2Fproject");
    loop {
        let answer = get(&server, &next).await;
        pages.splice(0..0, ids(&answer.json()).into_iter().map(str::to_owned).collect::<Vec<_>>());
        let cursor = answer.header("x-next-cursor").to_owned();
        if cursor.is_empty() {
            break;
        }
        let link = answer.header("link");
        assert!(link.contains(&format!("before={cursor}")) && link.ends_with("rel=\"next\""), "{link}");
        next = format!("{path}?limit=3&before={cursor}");
    }
    assert_eq!(pages, all);
    assert_eq!(get(&server, &format!("{path}?limit=0")).await.json().as_array().unwrap().len(), 8);
    for (query, kind) in
        [("limit=-1", Some("Query")), ("limit=abc", Some("Query")), ("limit=2&before=bogus", None)]
    {
        let answer = get(&server, &format!("{path}?{query}")).await;
        assert_eq!((answer.status, answer.json()["data"]["kind"].as_str()), (400, kind), "{query}");
    }
    let by_message_id = get(&server, &format!("{path}?limit=2&before={}", all[2])).await;
    assert_eq!((by_message_id.status, by_message_id.json()), (400, json!({"_tag": "BadRequest"})));
}

#[tokio::test]
async fn an_unfinished_text_reads_back_empty() {
    let server = Server::start().await;
    server.script(Script::new().text("partial ").hold("mid").more("text"));
    let session_id = create(&server).await;
    prompt(&server, &session_id).await;
    server.wait_for_hold("mid").await;
    let path = format!("/session/{session_id}/message");
    assert_eq!(get(&server, &path).await.json()[1]["parts"][1]["text"], "");
    server.release("mid");
    server.wait_for_idle(&session_id).await;
    let message_id = server.messages(&session_id)[1]["info"]["id"].as_str().unwrap().to_owned();
    let message = get(&server, &format!("{path}/{message_id}")).await.json();
    assert_eq!(message["parts"][1]["text"], "partial text");
    assert_eq!(get(&server, &format!("{path}/msg_nope")).await.status, 404);
}

#[tokio::test]
async fn a_reused_message_id_adds_parts_and_runs_again() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    let body = json!({"messageID": "msg_client1", "parts": [{"type": "text", "text": "x"}]});
    for _ in 0..2 {
        let answer = post(&server, &format!("/session/{session_id}/message"), body.clone()).await;
        assert_eq!(answer.json()["info"]["parentID"], "msg_client1");
    }
    let messages = server.messages(&session_id);
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[0]["parts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn no_reply_only_stores() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    let mut events = Events::connect(&server).await;
    let body = json!({"noReply": true, "parts": [{"type": "text", "text": "context only"}]});
    let answer = post(&server, &format!("/session/{session_id}/message"), body).await.json();
    assert_eq!(answer["info"]["role"], "user");
    assert_eq!(answer["parts"][0]["text"], "context only");
    assert_eq!(
        labels(&events.so_far(&server).await),
        ["session.updated", "message.updated user", "part text", "session.updated"]
    );
}

#[tokio::test]
async fn a_message_can_be_put_and_removed() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    let message = json!({
        "info": {"id": "msg_1", "sessionID": session_id, "role": "assistant", "time": {"created": 1}},
        "parts": [{"id": "prt_1", "messageID": "msg_1", "sessionID": session_id, "type": "text", "text": "put"}],
    });
    server.put_message(&session_id, &message);
    let path = format!("/session/{session_id}/message");
    assert_eq!(get(&server, &path).await.json(), json!([message]));
    let mut events = Events::connect(&server).await;
    crate::client::delete(&server, &format!("{path}/msg_1/part/prt_1")).await;
    crate::client::delete(&server, &format!("{path}/msg_1")).await;
    assert_eq!(labels(&events.so_far(&server).await), ["message.part.removed", "message.removed"]);
    assert!(server.messages(&session_id).is_empty());
}
