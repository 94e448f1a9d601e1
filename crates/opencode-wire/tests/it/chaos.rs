//! Many disturbances at once, in random order: the outcome is the same.

use std::time::Duration;

use opencode_testkit::server::{EventFamily, LineEnd, Permission, Script, StreamStyle, Subagent, Tool};
use opencode_wire::drive::policy;
use opencode_wire::turn::Outcome;

use super::support::{builder, outcome, prompts, quick_stream, server, server_of};

/// How often the dice are thrown.
const SEEDS: u64 = 20;

/// A small generator: the same seed gives the same disturbances.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit
    }
}

/// A turn with everything: two steps, tools, requests, and a sub-agent that asks as well.
fn everything() -> Script {
    let ask = |name: &str| Tool::new("bash").ask(Permission::new("bash", name)).progress("a").output(name);
    let child = Script::new().text("Digging. ").tool(ask("dig")).next_step().text("Gold.");
    Script::new()
        .reasoning("Never mind. ")
        .retry("overloaded")
        .reasoning("Hm, let me see. ")
        .text("I will look. ")
        .tool(ask("ls"))
        .next_step()
        .subagent(Subagent::new("Dig", child))
        .compaction("So far so good.")
        .stale_idle()
        .text_chunks(["Two ", "files", " – ", "done 🙂"])
}

fn disturbed(dice: &mut Dice) -> StreamStyle {
    let style = StreamStyle::new().chunk(1 + dice.below(200));
    let style = match dice.below(4) {
        0 => style.line_end(LineEnd::CrLf),
        1 => style.line_end(LineEnd::Cr).bom(),
        2 => style.pretty().comments("keep-alive"),
        _ => style,
    };
    let position = 1 + dice.below(60);
    match dice.below(5) {
        0 => style.drop_after(position),
        1 => style.drop_inside(position),
        2 => style.end_after(position),
        3 => style.freeze_after(position),
        _ => style,
    }
}

/// What must be equal, however the stream behaved. Ids differ from server to server.
fn told(outcome: &Outcome) -> String {
    let reply = &outcome.reply;
    let mut told = format!("{}: {:?} {:?}", outcome.ending, reply.text(), reply.reasoning());
    for session in reply.sessions() {
        for part in reply.parts_of(&session.id) {
            if let Some(tool) = part.tool() {
                let output = tool.state.output.as_deref().unwrap_or_default();
                told += &format!("; {} {} {}", tool.tool, tool.state.status.as_str(), without_ids(output));
            }
            if let Some(text) = part.text() {
                told += &format!("; {:?} {}", text.text, text.is_final());
            }
        }
    }
    let usage = reply.usage();
    told + &format!("; {} steps, {usage}", usage.steps)
}

fn without_ids(output: &str) -> String {
    output.split('"').filter(|piece| !piece.starts_with("ses_")).collect()
}

/// The same turn on a server of any generation, disturbed as the dice fall.
async fn run(dice: Option<&mut Dice>) -> String {
    let mut options = quick_stream().with_liveness(Duration::from_millis(200));
    let server = match dice {
        None => server().await,
        Some(dice) => {
            let families =
                [EventFamily::v1_1(), EventFamily::v1_2(), EventFamily::v1_14(), EventFamily::v1_18()];
            let server = server_of(families[dice.below(4)].with_global_stream(dice.below(3) > 0)).await;
            for _ in 0..4 {
                server.next_stream(disturbed(dice));
            }
            server.duplicate_next(dice.below(200));
            options = options.with_queue(5 + dice.below(100), usize::MAX);
            server
        }
    };
    server.script(everything());
    let client = builder(&server).stream(options).build().unwrap();
    let session = client.sessions().create("a test").await.unwrap();
    let turn = session.prompt("Go.").on_blocker(policy::allow_all).await.unwrap();
    let outcome = outcome(turn).await;
    assert_eq!(prompts(&server), 1);
    told(&outcome)
}

#[tokio::test]
async fn g06_many_disturbances_at_once_change_nothing() {
    let expected = run(None).await;
    assert!(expected.starts_with("completed: \"I will look. \\n\\nTwo files – done 🙂\""), "{expected}");
    for seed in 1..=SEEDS {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        assert_eq!(run(Some(&mut dice)).await, expected, "with seed {seed}");
    }
}
