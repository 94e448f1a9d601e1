//! One step of a script.

use serde_json::json;

use super::run::Close;
use super::{Stop, Turn};
use crate::server::script::{Step, Tool};
use crate::server::stream::{Scope, Subscriber};

impl Turn {
    /// Plays one step.
    pub(super) async fn play(&mut self, step: Step) -> Result<Close, Stop> {
        match step {
            Step::Text { reasoning, chunks } => {
                self.store(|state, live| live.open_text(state, reasoning))?;
                self.stream(&chunks).await?;
            }
            Step::More(chunks) => self.stream(&chunks).await?,
            Step::Tool(tool) => self.play_tool(*tool).await?,
            Step::Subagent(subagent) => self.play_subagent(*subagent).await?,
            Step::Next => self.store(|state, live| {
                live.finish_message(state);
                live.begin_message(state);
            })?,
            Step::Finish(reason) => self.on_message(|message| message.finish = Some(reason)),
            Step::Usage(usage) => self.on_message(|message| message.usage = usage),
            Step::Structured(value) => {
                let tool = Tool::new("StructuredOutput")
                    .input(value.clone())
                    .title("Structured Output")
                    .metadata(json!({"valid": true}))
                    .output("Structured output captured successfully.");
                self.play_tool(tool).await?;
                self.on_message(|message| message.structured = Some(value));
                self.live.quiet_end = true;
            }
            Step::Hold(name) => self.hold(&name).await?,
            Step::Hang => self.until(|_| None).await?,
            Step::Delay(duration) => self.sleep(duration).await?,
            Step::Fail(error) => return self.fail(&error),
            Step::Retry(reason) => self.store(|state, live| live.retry(state, &reason))?,
            Step::Compact { summary, overflow } => self.compact(&summary, overflow)?,
            // Both are looked for before a message begins; here it is too late for what they do.
            Step::UnknownAgent(_) | Step::UnknownModel(_) => {}
            step => self.disturb(step)?,
        }
        Ok(Close::Well)
    }

    /// Steps that concern the event streams and not the turn.
    fn disturb(&mut self, step: Step) -> Result<(), Stop> {
        let everywhere = |_: &Scope| true;
        self.with(|state, live| match step {
            Step::Event { kind, properties } => {
                state.emit(&live.session_id, &kind, properties);
            }
            Step::Data(data) => state.bus.send_data(Some(&live.directory), &data),
            Step::Raw(bytes) => state.bus.send_raw(&bytes),
            Step::StaleIdle => state.say_idle(&live.session_id),
            Step::Duplicate(events) => state.bus.duplicate_next(events),
            Step::Swap => state.bus.swap_next(),
            Step::Suppress(suppressed) => state.bus.suppress(suppressed),
            Step::DropStreams => state.bus.each_stream(everywhere, Subscriber::drop_connection),
            Step::DropStreamsMidFrame => state.drop_streams_mid_frame(),
            Step::EndStreams => state.bus.each_stream(everywhere, Subscriber::end),
            Step::FreezeStreams => state.bus.each_stream(everywhere, Subscriber::freeze),
            _ => {}
        })
    }

    async fn stream(&mut self, chunks: &[String]) -> Result<(), Stop> {
        for chunk in chunks {
            self.with(|state, live| live.delta(state, chunk))?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Sleeps on tokio's clock. An abort does not wait for the end of it.
    async fn sleep(&mut self, duration: std::time::Duration) -> Result<(), Stop> {
        tokio::select! {
            () = tokio::time::sleep(duration) => Ok(()),
            stopped = self.until(|_| None) => stopped,
        }
    }
}
