//! How the server answers prompts: step by step, always the newest, with one idle at the end of all.

use std::sync::Arc;
use std::time::Duration;

use opencode_wire::ids::{Clock as _, MessageId, SessionId};

use super::super::Sim;
use super::super::world::{lock, message_id};
use super::{Server, Session, Standing};

const ABORTED: &str = r#"{"name":"MessageAbortedError","data":{"message":"The operation was aborted."}}"#;
const FAILED: &str =
    r#"{"name":"APIError","data":{"message":"overloaded","isRetryable":true,"statusCode":529}}"#;

/// Answers the prompts of a session until there are none.
pub(super) async fn answer_all(sim: Sim, session: SessionId) {
    let mut run = Run { sim, session };
    // The server is in no hurry to begin.
    if run.wait(run.sim.world.millis(1..=30)).await.is_none() {
        run.be_aborted_before_a_word();
        return;
    }
    while let Some(prompt) = run.next_prompt() {
        if run.step(&prompt).await.is_none() {
            return;
        }
    }
}

struct Run {
    sim: Sim,
    session: SessionId,
}

/// A step of an answer, as far as it was told.
struct Step {
    message: MessageId,
    prompt: MessageId,
    created: u64,
    text_part: u64,
    text: String,
}

impl Run {
    /// Does something to the server, and the session if it is there.
    fn with<T>(&self, work: impl FnOnce(&mut Server) -> T) -> T {
        work(&mut lock(&self.sim.server))
    }

    fn session<T>(&self, work: impl FnOnce(&mut Session) -> T) -> Option<T> {
        self.with(|server| server.sessions.get_mut(&self.session).map(work))
    }

    /// Lets time pass; `None` when the session was aborted or lost.
    async fn wait(&self, time: Duration) -> Option<()> {
        let end = self.sim.world.now() + time;
        loop {
            let news =
                self.session(|session| session.aborted_by.is_none().then(|| Arc::clone(&session.news)))??;
            tokio::select! {
                biased;
                () = news.notified() => {}
                () = self.sim.world.sleep_until(end) => {
                    return self.session(|session| session.aborted_by.is_none())?.then_some(());
                }
            }
        }
    }

    /// The newest prompt, unless it is answered; then the session is idle.
    fn next_prompt(&self) -> Option<MessageId> {
        self.with(|server| {
            let fates = &mut server.fates;
            let open = server.sessions.get(&self.session)?.messages.iter().map(|message| &message.info.id);
            let open: Vec<MessageId> = open
                .filter(|id| fates.get(*id).is_some_and(|fate| fate.standing.is_open()))
                .cloned()
                .collect();
            let newest = open.last().cloned();
            for older in open.iter().filter(|id| Some(*id) != newest.as_ref()) {
                fates.entry(older.clone()).and_modify(|fate| fate.standing = Standing::Superseded);
            }
            match &newest {
                Some(id) => {
                    fates.entry(id.clone()).and_modify(|fate| fate.standing = Standing::Answering);
                }
                None => {
                    server.tell_status(&self.sim, &self.session, r#"{"type":"busy"}"#);
                    server.sessions.get_mut(&self.session)?.runs = false;
                    server.tell_idle(&self.sim, &self.session);
                }
            }
            newest
        })
    }

    /// Makes one step of an answer; `None` when nothing comes after it.
    async fn step(&mut self, prompt: &MessageId) -> Option<()> {
        let (sim, id) = (self.sim.clone(), self.session.clone());
        let (world, busy) = (&sim.world, r#"{"type":"busy"}"#);
        let mut step = self.with(|server| {
            let number = server.number();
            let message = message_id(world, number);
            let created = server.created(&sim);
            // The one before is that of the step's beginning.
            let text_part = (server.number(), server.number()).1;
            let step = Step { message, prompt: prompt.clone(), created, text_part, text: String::new() };
            server.tell_status(&sim, &id, busy);
            server.tell_answer(&sim, &id, (&step.message, prompt, created), None);
            step
        });
        if world.chance(10) {
            let retry = format!(
                r#"{{"type":"retry","attempt":1,"message":"overloaded","next":{}}}"#,
                world.unix_millis()
            );
            self.with(|server| server.tell_status(&sim, &id, &retry));
            self.go_on(&step, world.millis(500..=2_500)).await?;
            self.with(|server| server.tell_status(&sim, &id, busy));
        }
        if sim.world.chance(sim.plan.provider_fails) {
            self.fail(&step);
            return None;
        }
        self.speak(&mut step).await?;
        let steps_left = self.with(|server| server.fates.get(prompt).map_or(0, |fate| fate.steps_left));
        let finish = if steps_left > 1 { "tool-calls" } else { "stop" };
        if finish == "tool-calls" {
            self.call_tool(&step).await?;
        }
        self.with(|server| {
            let number = server.number();
            let output = step.text.len() as u64;
            server.tell_part(&sim, &id, &step.message, step.text_part, &final_text(&step.text));
            let tokens = format!(
                r#""tokens":{{"input":7,"output":{output},"reasoning":0,"cache":{{"read":0,"write":0}}}}"#
            );
            let part = format!(r#""type":"step-finish","reason":"{finish}","cost":0.001,{tokens}"#);
            server.tell_part(&sim, &id, &step.message, number, &part);
            let rest = format!(r#""finish":"{finish}","cost":0.001,{tokens}"#);
            server.tell_answer(&sim, &id, (&step.message, prompt, step.created), Some(&rest));
            let fate = server.fates.get_mut(prompt)?;
            fate.texts.push(step.text.clone());
            fate.steps += 1;
            fate.output += output;
            fate.steps_left -= 1;
            if fate.steps_left == 0 {
                fate.standing = Standing::Whole;
            }
            Some(())
        })?;
        self.rest().await
    }

    /// Lets time pass between two steps.
    async fn rest(&self) -> Option<()> {
        let pause = if self.sim.world.chance(10) { 20..=1_000 } else { 0..=20 };
        if self.wait(self.sim.world.millis(pause)).await.is_some() {
            return Some(());
        }
        self.be_aborted_before_a_word();
        None
    }

    async fn speak(&mut self, step: &mut Step) -> Option<()> {
        let (sim, id) = (self.sim.clone(), self.session.clone());
        self.with(|server| {
            let start = r#""type":"step-start""#;
            server.tell_part(&sim, &id, &step.message, step.text_part - 1, start);
            let text = r#""type":"text","text":"","time":{"start":1}"#;
            server.tell_part(&sim, &id, &step.message, step.text_part, text);
        });
        for word in 0..sim.world.pick(1..=3) {
            let time = if sim.world.chance(10) { 2_000..=8_000 } else { 5..=200 };
            self.go_on(step, sim.world.millis(time)).await?;
            let delta = format!("word {word} of {} ", step.message);
            step.text.push_str(&delta);
            self.with(|server| server.tell_delta(&sim, &id, &step.message, step.text_part, &delta));
        }
        Some(())
    }

    async fn call_tool(&self, step: &Step) -> Option<()> {
        let (sim, id) = (&self.sim, &self.session);
        let part = self.with(Server::number);
        let tool = |state: &str| {
            format!(r#""type":"tool","callID":"call_{part}","tool":"bash","state":{{{state}}}"#)
        };
        self.with(|server| {
            let pending = tool(r#""status":"pending","input":{},"raw":"""#);
            server.tell_part(sim, id, &step.message, part, &pending);
        });
        if sim.world.chance(sim.plan.asks) {
            let request = self.with(|server| {
                let request = server.number();
                server.tell_asked(sim, id, request);
                request
            });
            self.be_answered(step, &format!("per_{request:012x}")).await?;
        }
        let running = tool(r#""status":"running","input":{"command":"ls"},"time":{"start":1}"#);
        self.with(|server| server.tell_part(sim, id, &step.message, part, &running));
        self.go_on(step, sim.world.millis(5..=500)).await?;
        let completed = tool(
            r#""status":"completed","input":{"command":"ls"},"output":"a b","title":"ls","metadata":{},"time":{"start":1,"end":2}"#,
        );
        self.with(|server| server.tell_part(sim, id, &step.message, part, &completed));
        Some(())
    }

    /// Waits until somebody has answered.
    async fn be_answered(&self, step: &Step, request: &str) -> Option<()> {
        loop {
            let is_open =
                self.session(|session| session.permissions.iter().any(|asked| asked.id.as_str() == request));
            if is_open == Some(false) {
                return Some(());
            }
            let news =
                self.session(|session| session.aborted_by.is_none().then(|| Arc::clone(&session.news)));
            match news.flatten() {
                Some(news) => news.notified().await,
                None => self.go_on(step, Duration::ZERO).await?,
            }
        }
    }

    /// Lets time pass within a step; `None` when that was the end of it.
    async fn go_on(&self, step: &Step, time: Duration) -> Option<()> {
        if self.wait(time).await.is_some() {
            return Some(());
        }
        // First it is said that everything is over, and only then is the message finished.
        let (sim, id) = (&self.sim, &self.session);
        self.with(|server| {
            server.tell_error(sim, id, ABORTED);
            stop(server, id, Standing::Aborted);
            server.fates.entry(step.prompt.clone()).and_modify(|fate| fate.is_unfinished = true);
            server.tell_idle(sim, id);
        });
        sim.world.sleep(sim.world.millis(30..=280)).await;
        self.with(|server| {
            server.tell_part(sim, id, &step.message, step.text_part, &final_text(&step.text));
            server.fates.entry(step.prompt.clone()).and_modify(|fate| fate.is_unfinished = false);
            let rest = format!(r#""error":{ABORTED}"#);
            server.tell_answer(sim, id, (&step.message, &step.prompt, step.created), Some(&rest));
            server.tell_idle(sim, id);
        });
        None
    }

    /// Ends the answer, because the provider fails.
    fn fail(&self, step: &Step) {
        let (sim, id) = (&self.sim, &self.session);
        self.with(|server| {
            server.tell_error(sim, id, FAILED);
            let rest = format!(r#""error":{FAILED}"#);
            server.tell_answer(sim, id, (&step.message, &step.prompt, step.created), Some(&rest));
            stop(server, id, Standing::Failed);
            server.tell_idle(sim, id);
        });
    }

    fn be_aborted_before_a_word(&self) {
        self.with(|server| {
            stop(server, &self.session, Standing::Aborted);
            server.tell_idle(&self.sim, &self.session);
        });
    }
}

/// Notes that a session does nothing any more, and that what waits in it is not answered.
fn stop(server: &mut Server, id: &SessionId, how: Standing) {
    let mut aborted_by = None;
    if let Some(session) = server.sessions.get_mut(id) {
        session.runs = false;
        aborted_by = session.aborted_by.take();
        session.permissions.clear();
    }
    for fate in server.fates.values_mut() {
        if fate.session == *id && fate.standing.is_open() {
            fate.standing = how;
            fate.aborted_by = aborted_by;
        }
    }
}

fn final_text(text: &str) -> String {
    format!(r#""type":"text","text":"{text}","time":{{"start":1,"end":2}}"#)
}
