//! Event streams that break, go silent, lose events or look unusual: the outcome is the same.

use std::time::Duration;

use opencode_testkit::server::{Fault, Script, Server, StreamStyle, Tool};
use opencode_wire::drive::Turn;
use opencode_wire::hub::{GapReason, Notice, StreamOptions, Topic};
use opencode_wire::reply::ChangeKind;
use opencode_wire::sse::Limits;
use opencode_wire::turn::{CancelledBy, Ending, Outcome};

use super::support::{
    builder, client, connections, cut_until_back, in_time, outcome, prompts, quick_stream, rich, run, serve,
    server, session, until,
};

/// Prompts over a stream with options of its own.
async fn lossy(server: &Server, options: StreamOptions) -> Turn {
    let client = builder(server).stream(options).build().unwrap();
    client.sessions().create("lossy").await.unwrap().prompt("Go.").await.unwrap()
}

/// What must be equal, however the stream behaved.
fn told(outcome: &Outcome) -> (String, String, String, Vec<String>, u64) {
    let reply = &outcome.reply;
    let tools = reply.tools().map(|part| format!("{:?}", part.tool().unwrap())).map(|tool| {
        // Ids differ from server to server.
        tool.split("call_id").next().unwrap_or_default().to_owned()
    });
    let tools = tools.chain(reply.tools().map(|part| part.tool().unwrap().state.status.as_str().to_owned()));
    (outcome.ending.to_string(), reply.text(), reply.reasoning(), tools.collect(), reply.usage().steps)
}

/// Runs the same turn again and again, with the stream disturbed one event later each time.
async fn disturb_at_each_event(style: impl Fn(StreamStyle, usize) -> StreamStyle) {
    let expected = told(&run(&serve(rich()).await).await);
    let mut position = 1;
    loop {
        let server = serve(rich()).await;
        server.next_stream(style(StreamStyle::new(), position));
        assert_eq!(told(&run(&server).await), expected, "at event {position}");
        assert_eq!(prompts(&server), 1);
        // Of what comes after the turn's end nothing matters.
        if connections(&server) == 1 {
            break;
        }
        position += 1;
    }
    assert!(position > 30, "the turn has more events than {position}");
}

#[tokio::test]
async fn g06_a_drop_after_any_event_changes_nothing() {
    disturb_at_each_event(StreamStyle::drop_after).await;
}

#[tokio::test]
async fn g06_a_drop_inside_any_event_changes_nothing() {
    disturb_at_each_event(StreamStyle::drop_inside).await;
}

#[tokio::test]
async fn g06_a_clean_end_after_any_event_changes_nothing() {
    disturb_at_each_event(StreamStyle::end_after).await;
}

#[tokio::test]
async fn g06_a_drop_at_every_step_of_a_running_turn_changes_nothing() {
    let script = |held: bool| {
        let hold = |script: Script, name: &str| if held { script.hold(name) } else { script };
        let script = hold(Script::new(), "0").reasoning("Hm. ");
        let script = hold(script, "1").more("Well. ").text("I will ");
        let script = hold(script, "2").more("look. ");
        let script = hold(script, "3").tool(Tool::new("bash").output("a")).next_step();
        let script = hold(script, "4").text("One ");
        hold(script, "5").more("file.")
    };
    let expected = told(&run(&serve(script(false)).await).await);
    let server = serve(script(true)).await;
    let turn = session(&server).await.prompt("Go.").await.unwrap();
    let following = tokio::spawn(outcome(turn));
    for (dropped, gate) in ["0", "1", "2", "3", "4", "5"].into_iter().enumerate() {
        server.wait_for_hold(gate).await;
        server.drop_streams();
        server.wait_for_requests("GET", "/global/event", dropped + 2).await;
        server.wait_for_streams(1).await;
        server.release(gate);
    }
    assert_eq!(told(&in_time(following).await.unwrap()), expected);
}

/// W-02: the end of the turn is said while nobody listens.
#[tokio::test]
async fn g06_an_end_that_was_missed_is_found() {
    let server = serve(Script::new().text("Half ").hold("gate").more("and half.")).await;
    let session = session(&server).await;
    let mut turn = session.prompt("Go.").await.unwrap();
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Text { .. })).await;
    cut_until_back(&server);
    server.wait_for_hold("back").await;
    server.release("gate");
    server.wait_for_idle(session.id().as_str()).await;
    server.release("back");
    let outcome = outcome(turn).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Half and half."));
}

#[tokio::test]
async fn a_gap_is_told() {
    let server = serve(Script::new().text("Half ").hold("gate").more("and half.")).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    server.wait_for_hold("gate").await;
    server.drop_streams_mid_frame();
    until(&mut turn, |change| change.kind == ChangeKind::Gap).await;
    server.release("gate");
    assert_eq!(outcome(turn).await.reply.text(), "Half and half.");
}

#[tokio::test]
async fn g07_a_dead_socket_is_noticed() {
    let server = serve(Script::new().text("Half ").hold("gate").more("and half.")).await;
    let turn = lossy(&server, quick_stream().with_liveness(Duration::from_millis(150))).await;
    server.wait_for_hold("gate").await;
    server.freeze_streams();
    let following = tokio::spawn(outcome(turn));
    server.wait_for_requests("GET", "/global/event", 2).await;
    server.release("gate");
    assert_eq!(in_time(following).await.unwrap().reply.text(), "Half and half.");
}

#[tokio::test]
async fn w39_a_reconnect_that_is_refused_is_tried_again_when_the_server_wants() {
    let server = serve(Script::new().text("Half ").hold("gate").more("and half.")).await;
    let options = quick_stream().with_backoff(Duration::from_millis(5), Duration::from_secs(1));
    let turn = lossy(&server, options).await;
    server.wait_for_hold("gate").await;
    server.fault(Fault::on("GET", "/global/event").status(503).retry_after(1));
    server.fault(Fault::on("GET", "/global/event").hang_up());
    let began = std::time::Instant::now();
    server.drop_streams();
    let following = tokio::spawn(outcome(turn));
    server.wait_for_requests("GET", "/global/event", 4).await;
    assert!(began.elapsed() >= Duration::from_secs(1), "Retry-After is kept");
    server.release("gate");
    assert_eq!(in_time(following).await.unwrap().reply.text(), "Half and half.");
}

#[tokio::test]
async fn w30_a_disposed_instance_ends_the_turn_as_cancelled_by_somebody() {
    let server = serve(Script::new().text("Half ").hang()).await;
    let session = session(&server).await;
    let mut turn = session.prompt("Go.").await.unwrap();
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Text { .. })).await;
    session.client().dispose_instance().await.unwrap();
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Cancelled { by: CancelledBy::Somebody, confirmed: true });
    assert_eq!(outcome.reply.text(), "Half ");
}

#[tokio::test]
async fn w38_a_frame_above_the_limit_costs_the_frame() {
    let long = "x".repeat(20_000);
    let script =
        Script::new().text("Before. ").tool(Tool::new("bash").output(long)).next_step().text("After.");
    let server = serve(script).await;
    let turn = lossy(&server, quick_stream().with_limits(Limits::default().with_max_frame_bytes(8000))).await;
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "Before. \n\nAfter.");
    let output = outcome.reply.tools().next().unwrap().tool().unwrap().state.output.clone();
    assert_eq!(output.map(|output| output.len()), Some(20_000), "the exchange has what the stream lost");
    assert_eq!(connections(&server), 1);
}

#[tokio::test]
async fn g10_a_frame_that_cannot_be_read_is_a_gap() {
    let script = Script::new().text("One. ").data(r#"{"type":"message.part.updated","prop"#).more("Two.");
    let server = serve(script.hold("gate")).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    until(&mut turn, |change| change.kind == ChangeKind::Gap).await;
    server.release("gate");
    assert_eq!(outcome(turn).await.reply.text(), "One. Two.");
    assert_eq!(connections(&server), 1);
}

#[tokio::test]
async fn a_listener_that_is_too_slow_catches_up() {
    for (events, bytes) in [(5, usize::MAX), (usize::MAX, 4000)] {
        let server = serve(rich().hold("gate").next_step().text("After.")).await;
        let mut turn = lossy(&server, quick_stream().with_queue(events, bytes)).await;
        server.wait_for_hold("gate").await;
        until(&mut turn, |change| change.kind == ChangeKind::Gap).await;
        server.release("gate");
        let outcome = outcome(turn).await;
        assert_eq!(outcome.ending, Ending::Completed);
        assert_eq!(outcome.reply.text(), "I will look. \n\nTwo files – done 🙂\n\nAfter.");
        assert_eq!(outcome.reply.usage().steps, 3);
    }
}

#[tokio::test]
async fn a_hole_in_the_numbers_of_durable_events_is_a_gap() {
    let script = Script::new().text("One. ").suppress().tool(Tool::new("bash")).next_step().resume();
    let server = serve(script.text("Two.").hold("gate")).await;
    let session = session(&server).await;
    let mut listener = session.listen();
    let mut turn = session.prompt("Go.").await.unwrap();
    until(&mut turn, |change| change.kind == ChangeKind::Gap).await;
    in_time(async { while !matches!(listener.next().await, Notice::Gap(GapReason::Sequence)) {} }).await;
    assert_eq!(connections(&server), 1);
    server.release("gate");
    let outcome = outcome(turn).await;
    assert_eq!(outcome.reply.text(), "One. \n\nTwo.");
    assert_eq!(outcome.reply.tools().count(), 1);
}

/// W-40: more messages than fit on a page, all of which the stream has lost.
#[tokio::test]
async fn w40_a_long_turn_is_fetched_page_by_page() {
    let mut script = Script::new().hold("gate").suppress();
    for number in 0..120 {
        script = script.text(number.to_string()).tool(Tool::new("bash")).next_step();
    }
    let server = serve(script.text("End.").resume().drop_streams()).await;
    let turn = session(&server).await.prompt("Go.").await.unwrap();
    server.wait_for_hold("gate").await;
    server.release("gate");
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.tools().count(), 120);
    assert_eq!(outcome.reply.usage().steps, 121);
    let expected: Vec<_> = (0..120).map(|number| number.to_string()).chain(["End.".to_owned()]).collect();
    assert_eq!(outcome.reply.text(), expected.join("\n\n"));
    let pages = server.requests_to("GET", "/session/:id/message");
    assert!(pages.iter().all(|request| request.query["limit"] == "50"));
    assert!(pages.iter().any(|request| request.query.contains_key("before")));
}

#[tokio::test]
async fn a_listener_hears_gaps_and_that_the_stream_is_live_again() {
    let server = server().await;
    let mut listener = client(&server).listen(Topic::All);
    in_time(async { while !matches!(listener.next().await, Notice::Live) {} }).await;
    server.drop_streams();
    let mut heard = Vec::new();
    in_time(async {
        loop {
            match listener.next().await {
                Notice::Gap(reason) => heard.push(reason),
                Notice::Live => break,
                _ => {}
            }
        }
    })
    .await;
    assert_eq!(heard, [GapReason::Disconnected]);
}
