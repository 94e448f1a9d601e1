//! Servers of other generations, and other ways to write a stream: the outcome is the same.

use opencode_testkit::server::{EventFamily, Fault, LineEnd, Script, StreamStyle};
use opencode_wire::turn::Ending;

use super::support::{client, connections, in_time, outcome, rich, run, serve, server, server_of, session};

#[tokio::test]
async fn servers_of_every_generation_are_followed() {
    let families = [
        EventFamily::v1_1(),
        EventFamily::v1_2(),
        EventFamily::v1_14(),
        EventFamily::v1_18(),
        EventFamily::v1_18().with_global_stream(false),
        EventFamily::v1_1().with_global_stream(false),
    ];
    for family in families {
        let server = server_of(family).await;
        server.script(rich());
        let outcome = run(&server).await;
        assert_eq!(outcome.ending, Ending::Completed, "{family:?}");
        assert_eq!(outcome.reply.text(), "I will look. \n\nTwo files – done 🙂", "{family:?}");
        // And again, with a drop in the middle.
        server.script(rich().hold("gate").next_step().text("After."));
        let turn = session(&server).await.prompt("Go.").await.unwrap();
        let following = tokio::spawn(self::outcome(turn));
        server.wait_for_hold("gate").await;
        server.drop_streams();
        server.release("gate");
        let outcome = in_time(following).await.unwrap();
        assert_eq!(outcome.reply.text(), "I will look. \n\nTwo files – done 🙂\n\nAfter.", "{family:?}");
        assert_eq!(outcome.reply.usage().steps, 3, "{family:?}");
    }
}

#[tokio::test]
async fn without_a_global_stream_each_directory_has_its_own() {
    let server = server_of(EventFamily::v1_18().with_global_stream(false)).await;
    server.default_script(Script::new().text("There.").hold("gate"));
    let client = client(&server);
    let mut following = Vec::new();
    for directory in ["/srv/one", "/srv/two", "/srv/one"] {
        let client = client.with_directory(directory).unwrap();
        let turn = client.sessions().create("a test").await.unwrap().prompt("Go.").await.unwrap();
        following.push(tokio::spawn(outcome(turn)));
    }
    server.wait_for_streams(2).await;
    for _ in 0..3 {
        server.release("gate");
    }
    for turn in following {
        assert_eq!(in_time(turn).await.unwrap().reply.text(), "There.");
    }
    assert_eq!(connections(&server), 1, "it is asked once whether there is a global one");
    assert_eq!(server.requests_to("GET", "/event").len(), 2);
}

#[tokio::test]
async fn every_way_to_write_a_stream_is_read() {
    let styles = [
        StreamStyle::new().chunk(1),
        StreamStyle::new().chunk(2).line_end(LineEnd::CrLf),
        StreamStyle::new().chunk(3).bom().line_end(LineEnd::Cr),
        StreamStyle::new().chunk(5).pretty().comments("keep-alive"),
        StreamStyle::new().chunk(7).event_field().id_field().retry_field(10).bom(),
        StreamStyle::new().chunk(64).pretty().line_end(LineEnd::CrLf).comments("🙂").event_field(),
        StreamStyle::new().chunk(1_000_000).line_end(LineEnd::Cr).pretty(),
    ];
    for style in styles {
        let server = server().await;
        server.all_streams(style.clone());
        server.script(rich());
        let outcome = run(&server).await;
        assert_eq!(outcome.reply.text(), "I will look. \n\nTwo files – done 🙂", "{style:?}");
        assert_eq!(connections(&server), 1);
    }
}

/// Servers of other versions may lack a list: the turn does without it.
#[tokio::test]
async fn lists_that_a_server_does_not_have_are_done_without() {
    let server = serve(Script::new().text("Half ").hold("gate").more("and half.")).await;
    for route in ["/permission", "/question", "/session/:id/children", "/session/status"] {
        server.fault(Fault::on("GET", route).answer(200, "<!doctype html>").always());
    }
    let turn = session(&server).await.prompt("Go.").await.unwrap();
    server.wait_for_hold("gate").await;
    server.drop_streams();
    let following = tokio::spawn(outcome(turn));
    server.wait_for_requests("GET", "/session/:id/message", 1).await;
    server.release("gate");
    assert_eq!(in_time(following).await.unwrap().reply.text(), "Half and half.");
}
