//! From the changes of a reply to the events of an agent.

mod activity;
mod call;
mod calls;
mod outbox;
mod steps;
#[cfg(test)]
mod tests;
mod text;
mod texts;

use opencode_wire::reply::{Change, ChangeKind, Reply};

use self::activity::Activity;
use self::calls::Calls;
use self::outbox::Outbox;
use self::steps::Steps;
use self::texts::Texts;
use super::transform::Transforms;
use super::{AgentEvent, AgentEventKind};

/// From the changes of a reply to the events of an agent.
///
/// It is pure: it takes changes together with the reply that they are about, and gives events. The reply may be ahead
/// of a change, because one event of the server causes several, and they wait for whoever takes them; what it has told
/// early is not told again.
///
/// However a text comes, as deltas, whole, corrected, or by comparison with the server after a gap, it is told once.
/// A change that was never handed in is made up for when its part ends, and at the end of the turn.
///
/// # Examples
///
/// ```no_run
/// use opencode_orchestrate::agent::EventMapper;
/// use opencode_orchestrate::agent::transform::Transforms;
/// use opencode_wire::drive::Turn;
///
/// # fn send(frame: String) {}
/// async fn show(mut turn: Turn) -> serde_json::Result<()> {
///     let mut mapper = EventMapper::new(Transforms::new());
///     while let Some(change) = turn.next().await {
///         for event in mapper.map(&change, turn.reply()) {
///             send(serde_json::to_string(&event)?);
///         }
///     }
///     for event in mapper.finish(turn.reply()) {
///         send(serde_json::to_string(&event)?);
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct EventMapper {
    texts: Texts,
    calls: Calls,
    steps: Steps,
    activity: Activity,
    out: Outbox,
}

/// The events of one change, in order. Those that are not taken are lost.
pub type Events<'a> = std::vec::Drain<'a, AgentEvent>;

impl EventMapper {
    /// Begins with nothing told.
    #[must_use]
    pub fn new(transforms: Transforms) -> Self {
        Self {
            texts: Texts::new(transforms),
            calls: Calls::default(),
            steps: Steps::default(),
            activity: Activity::default(),
            out: Outbox::default(),
        }
    }

    /// The turn is followed anew, with another reply that begins with what is known of it: a server was lost, or a worker.
    /// What was told stays told, and is told otherwise where the new reply differs.
    pub fn begin_anew(&mut self) {
        self.texts.begin_anew();
    }

    /// What a change means. The reply has it already, and may have more.
    pub fn map(&mut self, change: &Change, reply: &Reply) -> Events<'_> {
        self.out.begin(reply);
        let out = &mut self.out;
        match &change.kind {
            ChangeKind::Text { part_id, delta } | ChangeKind::Reasoning { part_id, delta } => {
                self.texts.grew(change.seq, part_id, delta, reply, out);
            }
            ChangeKind::PartReplaced { part_id } => self.texts.replaced(change.seq, part_id, reply, out),
            ChangeKind::PartFinished { part_id } => self.texts.finished(part_id, reply, out),
            ChangeKind::PartAbandoned { part_id } | ChangeKind::PartRemoved { part_id } => {
                self.texts.forget(part_id, out);
                self.calls.forget(part_id, out);
            }
            ChangeKind::Tool { part_id, .. } => {
                self.texts.flush_ended(&change.session_id, reply, out);
                self.calls.tell(part_id, reply, out);
            }
            ChangeKind::StepFinished { message_id, .. } => self.steps.tell_of(message_id, reply, out),
            ChangeKind::ChildStarted { parent_id } => {
                out.push(&change.session_id, call::started(&change.session_id, parent_id, reply, out));
            }
            ChangeKind::Failed(error) => {
                let (name, message) = (error.name.to_string(), error.data.message.clone());
                out.push(&change.session_id, AgentEventKind::Failed { name, message });
            }
            ChangeKind::Gap => out.push(&change.session_id, AgentEventKind::Gap),
            _ => {}
        }
        self.activity.note(change, reply, out);
        self.out.drain()
    }

    /// What is left to be told when the turn has ended: what was held back of texts, whatever no change has told, and
    /// the end of everything that is open. A call that the server has left behind fails, and what was asked is not
    /// waited for any more.
    ///
    /// Asked again, it tells nothing.
    pub fn finish(&mut self, reply: &Reply) -> Events<'_> {
        self.out.begin(reply);
        let out = &mut self.out;
        for session in reply.sessions() {
            for part in reply.parts_of(&session.id) {
                if part.tool().is_some() {
                    self.calls.close(part, out);
                } else {
                    self.texts.finished(&part.part.id, reply, out);
                }
            }
        }
        self.texts.forget_gone(reply, out);
        self.calls.forget_gone(reply, out);
        self.steps.tell_all(reply, out);
        self.activity.finish(reply, out);
        self.out.drain()
    }
}
