//! Whole turns against the scripted server: the common case.

use opencode_testkit::server::{Script, Tool};
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::Ending;
use serde_json::json;

use super::support::{outcome, run, serve, session};

#[tokio::test]
async fn a_plain_turn_streams_its_text_and_completes() {
    let server = serve(Script::new().reasoning("Hm. ").text_chunks(["Hello", ", ", "world"])).await;
    let mut turn = session(&server).await.prompt("Say hello.").await.unwrap();
    let mut streamed = String::new();
    let mut last = 0;
    while let Some(change) = turn.next().await {
        assert_eq!(change.seq, last + 1, "a watcher can tell that nothing is missing");
        last = change.seq;
        if let ChangeKind::Text { delta, .. } = change.kind {
            streamed.push_str(&delta);
        }
    }
    let outcome = turn.outcome().await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(streamed, "Hello, world");
    assert_eq!(outcome.reply.text(), "Hello, world");
    assert_eq!(outcome.reply.reasoning(), "Hm. ");
    server.assert_prompts(1);
    server.assert_listened_first();
}

#[tokio::test]
async fn steps_tools_and_usage_add_up() {
    let script = Script::new()
        .text("I will look. ")
        .tool(Tool::new("bash").input(json!({"command": "ls"})).progress("a").output("a\nb"))
        .next_step()
        .tool(Tool::new("read").error("no such file"))
        .next_step()
        .text("Two files.");
    let outcome = run(&serve(script).await).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "I will look. \n\nTwo files.");
    let tools: Vec<_> = outcome.reply.tools().map(|part| part.tool().unwrap().tool.clone()).collect();
    assert_eq!(tools, ["bash", "read"]);
    let usage = outcome.reply.usage();
    assert_eq!((usage.steps, usage.input, usage.output), (3, 300, 30));
    assert_eq!(outcome.reply.messages().len(), 3);
}

#[tokio::test]
async fn turns_of_one_session_follow_each_other() {
    let server = serve(Script::new().text("One.")).await;
    let session = session(&server).await;
    for text in ["One.", "Two.", "Three."] {
        server.script(Script::new().text(text));
    }
    for text in ["One.", "One.", "Two.", "Three."] {
        let outcome = outcome(session.prompt("Next.").await.unwrap()).await;
        assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, text));
    }
    assert_eq!(server.requests_to("GET", "/global/event").len(), 1, "they share one connection");
}
