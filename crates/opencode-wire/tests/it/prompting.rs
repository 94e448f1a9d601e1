//! Posting the prompt: on a live stream, once, and never again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opencode_testkit::server::{Clock, Fault, Script, Server, StreamStyle};
use opencode_wire::api::{Prompt, SessionHandle};
use opencode_wire::client::RequestBody;
use opencode_wire::ids::MessageId;
use opencode_wire::turn::{Ending, Loss};
use opencode_wire::{Client, ErrorKind};
use tower::util::MapRequestLayer;

use super::support::{
    builder, client, connections, in_time, outcome, prompts, serve, server, session, short_admission,
};

const PROMPT: &str = "/session/:id/prompt_async";

#[tokio::test]
async fn g01_a_prompt_that_was_dropped_on_its_way_is_not_posted_again() {
    let server = server().await;
    server.fault(Fault::on("POST", PROMPT).hang_up());
    let turn = session(&server).await.prompt("Go.").deadlines(short_admission()).await.unwrap();
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Lost(Loss::NotStored));
    assert!(outcome.ending.is_retryable(), "it is safe to post it again, and the caller's to decide");
    assert_eq!(prompts(&server), 1);
}

#[tokio::test]
async fn g12_a_prompt_that_a_server_took_and_forgot_when_it_died_is_said_to_be_absent() {
    let server = server().await;
    server.fault(Fault::on("POST", PROMPT).status(204));
    let turn = session(&server).await.prompt("Go.").deadlines(short_admission()).await.unwrap();
    server.drop_streams();
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Lost(Loss::NotStored));
    assert_eq!(prompts(&server), 1);
}

#[tokio::test]
async fn g01_a_prompt_whose_answer_was_lost_is_found_by_its_message_id() {
    let server = serve(Script::new().text("Found.")).await;
    server.fault(Fault::on("POST", PROMPT).hang_up_after());
    let outcome = outcome(session(&server).await.prompt("Go.").await.unwrap()).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "Found.");
    assert_eq!(prompts(&server), 1);
}

/// Where the old client raised a time limit (T-R13) although the turn ran, this one looks for the message.
#[tokio::test]
async fn g01_a_prompt_whose_answer_does_not_come_is_found_by_its_message_id() {
    let server = serve(Script::new().text("Found.")).await;
    server.fault(Fault::on("POST", PROMPT).hold("never"));
    let client = builder(&server).response_timeout(Some(Duration::from_millis(800))).build().unwrap();
    let session = client.sessions().create("a test").await.unwrap();
    let outcome = outcome(session.prompt("Go.").await.unwrap()).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "Found.");
    assert_eq!((prompts(&server), connections(&server)), (1, 1));
}

#[tokio::test]
async fn g01_what_a_gateway_says_about_a_prompt_proves_nothing() {
    for status in [500, 502, 503, 504] {
        let server = server().await;
        server.fault(Fault::on("POST", PROMPT).status(status).retry_after(0));
        let turn = session(&server).await.prompt("Go.").deadlines(short_admission()).await.unwrap();
        assert_eq!(outcome(turn).await.ending, Ending::Lost(Loss::NotStored), "{status}");
        assert_eq!(prompts(&server), 1, "{status}");
    }
}

#[tokio::test]
async fn g01_a_refused_prompt_is_an_error_and_nothing_else_happens() {
    for (status, kind) in [
        (400, ErrorKind::BadRequest),
        (401, ErrorKind::Unauthorized),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (429, ErrorKind::BadRequest),
    ] {
        let server = server().await;
        server.fault(Fault::on("POST", PROMPT).answer(status, r#"{"name":"No","data":{"message":"no"}}"#));
        let session = session(&server).await;
        let error = in_time(session.prompt("Go.").into_future()).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert_eq!(error.server_message(), Some("no"));
        server.wait_for_streams(0).await;
        let last = server.requests().pop().unwrap();
        assert_eq!(last.path, format!("/session/{}/prompt_async", session.id()), "nothing came after it");
        assert!(server.messages(session.id().as_str()).is_empty());
    }
}

/// T-R11 and T-R15: whatever comes on a connection before the server says that it is connected does not count.
#[tokio::test]
async fn g02_the_prompt_waits_for_the_stream() {
    let server = serve(Script::new().text("Here.")).await;
    server.next_stream(StreamStyle::new().drop_inside(0));
    server.next_stream(StreamStyle::new().comments("not yet").hold_ready("ready"));
    let session = session(&server).await;
    let prompting = tokio::spawn(session.prompt("Go.").into_future());
    server.wait_for_hold("ready").await;
    server.heartbeat();
    assert_eq!(prompts(&server), 0);
    server.release("ready");
    let turn = in_time(prompting).await.unwrap().unwrap();
    assert_eq!(outcome(turn).await.reply.text(), "Here.");
    let order: Vec<_> = server.requests().into_iter().map(|request| request.path).collect();
    let streams: Vec<_> = (0..order.len()).filter(|index| order[*index] == "/global/event").collect();
    let prompted = order.iter().position(|path| path.ends_with("/prompt_async")).unwrap();
    assert_eq!(streams.len(), 2);
    assert!(streams[1] < prompted);
    assert_eq!(prompts(&server), 1);
}

#[tokio::test]
async fn g02_a_stream_that_is_refused_for_a_while_is_tried_again() {
    let server = serve(Script::new().text("Here.")).await;
    server.fault(Fault::on("GET", "/global/event").status(503).times(3));
    let outcome = outcome(session(&server).await.prompt("Go.").await.unwrap()).await;
    assert_eq!(outcome.reply.text(), "Here.");
    assert_eq!((prompts(&server), connections(&server)), (1, 4));
}

/// T-R12.
#[tokio::test]
async fn g02_without_a_stream_there_is_no_prompt() {
    let server = server().await;
    server.fault(Fault::on("GET", "/global/event").status(503).always());
    let session = session(&server).await;
    let error = session.prompt("Go.").ready_within(Duration::from_millis(600)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)));
    assert_eq!(prompts(&server), 0);
}

#[tokio::test]
async fn g02_a_stream_that_never_says_that_it_is_live_is_a_timeout() {
    let server = server().await;
    server.all_streams(StreamStyle::new().hold_ready("never"));
    let session = session(&server).await;
    let error = session.prompt("Go.").ready_within(Duration::from_millis(600)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(prompts(&server), 0);
}

#[tokio::test]
async fn g02_a_stream_that_is_forbidden_is_a_clear_error_at_once() {
    let server = server().await;
    server.fault(Fault::on("GET", "/global/event").status(401).always());
    let error = in_time(session(&server).await.prompt("Go.").into_future()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.request(), Some(("GET", "/global/event")));
    assert_eq!((prompts(&server), connections(&server)), (0, 1));
}

#[tokio::test]
async fn g02_what_is_no_opencode_server_gets_no_prompt() {
    let server = server().await;
    for path in ["/global/event", "/event"] {
        server.fault(Fault::on("GET", path).answer(200, "<!doctype html><title>a proxy</title>").always());
    }
    let error = in_time(session(&server).await.prompt("Go.").into_future()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOpenCode);
    assert_eq!(prompts(&server), 0);
}

#[tokio::test]
async fn t13_a_session_that_was_deleted_is_noticed_before_anything_is_posted() {
    let server = server().await;
    let session = session(&server).await;
    let known = client(&server).session(session.id().clone());
    session.delete().await.unwrap();
    let error = in_time(known.prompt("Go.").into_future()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!((prompts(&server), connections(&server)), (0, 0));
    // A handle that knows the session from before asks nothing, and learns it from the answer to the prompt.
    let error = in_time(session.prompt("Go.").into_future()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_prompt_without_a_reply_is_refused() {
    let server = server().await;
    let prompt = Prompt::from("Remember this.").with_no_reply(true);
    let error = session(&server).await.prompt(prompt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_eq!(prompts(&server), 0);
}

/// Ids sort by the server's time: a client whose clock is wrong would else be answered by "older" messages.
#[tokio::test]
async fn message_ids_are_minted_by_the_clock_of_the_server() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = u64::try_from(now.as_millis()).unwrap();
    let hours = 3_600_000 * 7;
    for start in [now - hours, now + hours, 1_600_000_000_000, 1_900_000_000_000] {
        let server = Server::builder().clock(Clock::ticking(start)).start().await;
        server.script(Script::new().text("In order."));
        server.fault(Fault::on("POST", PROMPT).hold_before("posted"));
        let session = session(&server).await;
        let prompting = tokio::spawn(session.prompt("Go.").into_future());
        server.wait_for_hold("posted").await;
        // The scripted clock moves by a millisecond with each event, this machine's has moved on by itself.
        for _ in 0..3000 {
            server.emit("test.tick", serde_json::json!({}));
        }
        server.release("posted");
        let outcome = outcome(in_time(prompting).await.unwrap().unwrap()).await;
        assert_eq!(outcome.reply.text(), "In order.", "{start}");
        let ids: Vec<_> = server.messages(session.id().as_str());
        let ids: Vec<_> = ids.iter().map(|message| message["info"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids[0], outcome.reply.message_id().as_str());
        assert!(ids[0] < ids[1], "{ids:?}");
    }
}

#[tokio::test]
async fn a_prompt_may_bring_its_own_message_id() {
    let server = serve(Script::new().text("Mine.")).await;
    let session = session(&server).await;
    let id: MessageId = session.mint_message_id();
    let turn = session.prompt(Prompt::from("Go.").with_message_id(id.clone())).await.unwrap();
    assert_eq!(*turn.message_id(), id);
    assert_eq!(outcome(turn).await.reply.text(), "Mine.");
    let posted = server.wait_for_request("POST", PROMPT).await;
    assert_eq!(posted.body["messageID"], id.as_str());
}

/// A host that must never prompt twice drops the future, and asks later what became of the message.
#[tokio::test]
async fn g01_a_prompt_that_was_dropped_by_the_caller_can_be_attached_to() {
    let server = serve(Script::new().text("Went on.")).await;
    server.fault(Fault::on("POST", PROMPT).hold_before("posted"));
    let session = session(&server).await;
    let id = session.mint_message_id();
    let prompting =
        tokio::spawn(session.prompt(Prompt::from("Go.").with_message_id(id.clone())).into_future());
    server.wait_for_hold("posted").await;
    prompting.abort();
    assert!(in_time(prompting).await.unwrap_err().is_cancelled());
    server.release("posted");
    let outcome = outcome(session.attach(id).await.unwrap()).await;
    assert_eq!(outcome.reply.text(), "Went on.");
    assert_eq!(prompts(&server), 1);
}

#[tokio::test]
async fn a_client_behind_a_base_path_and_a_password_prompts_as_well() {
    let server =
        Server::builder().clock(Clock::system()).base_path("/proxy/oc").password("s3cret").start().await;
    server.script(Script::new().text("Inside."));
    let stranger = Client::new(server.url()).unwrap();
    let error = stranger.sessions().create("a test").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    let client = builder(&server).password("s3cret").build().unwrap();
    let session: SessionHandle = client.sessions().create("a test").await.unwrap();
    assert_eq!(outcome(session.prompt("Go.").await.unwrap()).await.reply.text(), "Inside.");
}

/// What provably never left is no post: here the first try meets a port on which nobody listens.
#[tokio::test]
async fn g01_a_prompt_that_could_not_leave_is_sent_when_it_can() {
    let server = serve(Script::new().text("Arrived.")).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let tries = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&tries);
    let divert = move |mut request: http::Request<RequestBody>| {
        let path = request.uri().path().to_owned();
        if path.ends_with("/prompt_async") && counter.fetch_add(1, Ordering::Relaxed) == 0 {
            *request.uri_mut() = format!("http://{nobody}{path}").parse().unwrap();
        }
        request
    };
    let client = builder(&server).layer(MapRequestLayer::new(divert)).build().unwrap();
    let session = client.sessions().create("a test").await.unwrap();
    let outcome = outcome(session.prompt("Go.").await.unwrap()).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Arrived."));
    assert_eq!(tries.load(Ordering::Relaxed), 2);
    server.assert_prompts(1);
}

#[tokio::test]
async fn g02_a_live_prompt_is_posted_when_it_is_started_and_not_before() {
    let server = serve(Script::new().text("Posted.")).await;
    let session = session(&server).await;
    let live = session.prompt("Go.").live().await.unwrap();
    assert_eq!((server.streams(), prompts(&server)), (1, 0));
    drop(live);
    let live = session.prompt("Go.").live().await.unwrap();
    let message_id = live.message_id().clone();
    let outcome = outcome(live.start().await.unwrap()).await;
    assert_eq!((&outcome.ending, outcome.reply.text().as_str()), (&Ending::Completed, "Posted."));
    assert_eq!((outcome.reply.message_id(), prompts(&server)), (&message_id, 1));
}
