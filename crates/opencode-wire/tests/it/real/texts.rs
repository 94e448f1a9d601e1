//! What the model says: text, thoughts, and everything that can be in a string.

use std::time::Duration;

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::reply::{Change, ChangeKind};
use opencode_wire::turn::Ending;
use serde_json::json;

use super::rig::{self, Rig};

/// What was streamed of the answer's text.
fn streamed(changes: &[Change]) -> String {
    changes
        .iter()
        .filter_map(|change| match &change.kind {
            ChangeKind::Text { delta, .. } => Some(&**delta),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_text_is_streamed_and_whole() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let turn = rig::start(&session, ModelScript::new().step([Op::text("Hello from the script.")])).await;
    let message_id = turn.message_id().clone();
    let (changes, outcome) = rig::drain(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(streamed(&changes), "Hello from the script.");
    assert_eq!(outcome.reply.text(), "Hello from the script.");
    assert!(changes.iter().any(|change| change.kind == ChangeKind::Accepted), "{}", rig::shown(&changes));
    assert!(changes.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1), "a change is missing");
    let [message] = outcome.reply.messages()[..] else { panic!("{}", rig::shown(&outcome)) };
    assert_eq!(message.parent_id.as_ref(), Some(&message_id));
    assert_eq!(message.finish.as_deref(), Some("stop"));
}

#[tokio::test]
async fn the_prompt_is_never_part_of_the_reply() {
    let Some(rig) = Rig::shared().await else { return };
    let turn = rig::start(&rig.session().await, ModelScript::new().step([Op::text("Mine.")])).await;
    let message_id = turn.message_id().clone();
    let (changes, outcome) = rig::drain(turn).await;
    assert!(!streamed(&changes).contains("Please go."), "{}", rig::shown(&changes));
    let parts = outcome.reply.parts();
    assert!(parts.iter().all(|part| part.part.message_id != message_id), "{}", rig::shown(&parts));
}

#[tokio::test]
async fn thoughts_are_kept_apart_from_the_text() {
    let Some(rig) = Rig::shared().await else { return };
    let script = ModelScript::new().step([Op::reasoning("Let me think."), Op::text("Done.").with_chars(1)]);
    let (changes, outcome) = rig::drain(rig::start(&rig.session().await, script).await).await;
    let thought: String = changes
        .iter()
        .filter_map(|change| match &change.kind {
            ChangeKind::Reasoning { delta, .. } => Some(&**delta),
            _ => None,
        })
        .collect();
    assert_eq!((thought.as_str(), streamed(&changes).as_str()), ("Let me think.", "Done."));
    assert_eq!(outcome.reply.reasoning(), "Let me think.");
    assert_eq!(outcome.reply.text(), "Done.");
}

/// The model's price is one dollar for a million tokens read and two for a million written.
#[tokio::test]
async fn usage_is_what_the_provider_counted_once_for_each_step() {
    let Some(rig) = Rig::shared().await else { return };
    let usage = |read: u32, written: u32| {
        Op::usage(json!({
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
            "prompt_tokens_details": { "cached_tokens": 100 },
            "completion_tokens_details": { "reasoning_tokens": 7 },
        }))
    };
    let script = ModelScript::new()
        .step([Op::tool("bash", json!({ "command": "true", "description": "Nothing" })), usage(1100, 57)])
        .step([Op::text("Done."), usage(2100, 107)]);
    let outcome = rig.run(script).await;
    let used = outcome.reply.usage();
    assert_eq!(used.steps, 2);
    assert_eq!((used.input, used.output), (3000, 150), "{used:?}");
    assert_eq!((used.reasoning, used.cache_read), (14, 200), "{used:?}");
    let of_messages: f64 = outcome.reply.messages().iter().filter_map(|message| message.cost).sum();
    assert!((used.cost - of_messages).abs() < 1e-12 && used.cost > 0.0, "{used:?}, {of_messages}");
}

#[tokio::test]
async fn t18_every_character_arrives_as_it_was_said() {
    let Some(rig) = Rig::shared().await else { return };
    let text = "naïve 日本語 👩‍👩‍👧‍👦 line\u{2028}para\u{2029}next\u{85}tab\t\u{1}\"quoted\" \\ end";
    let script = ModelScript::new().step([Op::text(text).with_chars(1)]);
    let (changes, outcome) = rig::drain(rig::start(&rig.session().await, script).await).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(streamed(&changes), text);
    assert_eq!(outcome.reply.text(), text);
}

/// Providers cut a character outside the basic plane into two halves when they cut by UTF-16 units, and the server
/// hands each half on in a delta of its own, as JSON that strict parsers refuse.
#[tokio::test]
async fn t18_an_emoji_that_was_cut_in_two_is_whole_in_the_end() {
    let Some(rig) = Rig::shared().await else { return };
    let half = |text: &str| {
        let chunk = format!(
            r#"data: {{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":null}}]}}"#
        );
        [Op::raw(format!("{chunk}\n\n")), Op::sleep(Duration::from_millis(20))]
    };
    let steps = [half(r"a \ud83d"), half(r"\ude00 b"), half(r" \udc00 c")];
    let script = ModelScript::new().step(steps.into_iter().flatten());
    let (changes, outcome) = rig::drain(rig::start(&rig.session().await, script).await).await;
    assert_eq!(outcome.ending, Ending::Completed, "{}", rig::shown(&changes));
    let text = outcome.reply.text();
    assert!(text.starts_with("a \u{1F600} b ") && text.ends_with(" c"), "{text:?}");
}

#[tokio::test]
async fn a_text_of_300_kilobytes_is_whole() {
    let Some(rig) = Rig::shared().await else { return };
    let script = ModelScript::new().step([Op::repeat("0123456789".repeat(100), 300)]);
    let (changes, outcome) = rig::drain(rig::start(&rig.session().await, script).await).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text().len(), 300_000);
    assert!(outcome.reply.text() == "0123456789".repeat(30_000), "the text is another one");
    assert!(streamed(&changes) == outcome.reply.text(), "other things were streamed than are stored");
}
