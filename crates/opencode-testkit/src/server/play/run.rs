//! A run: all turns of a session from busy to idle.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Live, Stop, Turn};
use crate::server::core::Core;
use crate::server::gate::hold;
use crate::server::script::Step;
use crate::server::state::{Assigned, Phase, Run};

/// Starts a player for the prompts of a session, unless one is at work already.
pub(crate) fn start(core: &Arc<Core>, session_id: &str) {
    let begun = core.with(|state| {
        let run = state.begin_run(session_id)?;
        Some(Live::new(session_id, run, state.sessions.get(session_id)?.directory.clone()))
    });
    if let Some(live) = begun {
        let turn = Turn::new(Arc::clone(core), live);
        core.spawn(async move {
            turn.run().await;
        });
    }
}

/// Starts a manual compaction; `false` when the session is busy.
pub(crate) fn summarize(core: &Arc<Core>, session_id: &str) -> bool {
    let begun = core.with(|state| {
        let id = state.new_run_id();
        let session = state.session_mut(session_id).filter(|session| session.run.is_none())?;
        session.run = Some(Run { id, aborted: false, phase: Phase::Starting });
        Some(Live::new(session_id, id, session.directory.clone()))
    });
    let Some(live) = begun else { return false };
    let mut turn = Turn::new(Arc::clone(core), live);
    core.spawn(async move {
        let compacted = turn.compact_manually();
        turn.close(compacted.map(|()| Close::Well)).await;
    });
    true
}

/// How a batch ended, as far as it was not stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    /// The last message is complete.
    Well,
    /// Everything has been said already.
    Failed,
}

impl Turn {
    /// Answers prompts until none is left, then says idle.
    async fn run(mut self) {
        let closed = self.answer_all().await;
        self.close(closed).await;
    }

    /// Answers prompts until none is left, up to and including the idle.
    pub(super) async fn answer_all(&mut self) -> Result<Close, Stop> {
        loop {
            let Some((user_id, assigned)) = self.with(|state, live| state.next_prompt(&live.session_id))?
            else {
                return Ok(Close::Failed);
            };
            self.live.user_id = user_id;
            self.live.abort_gate.clone_from(&assigned.script.abort_gate);
            if self.answer(assigned).await? == Close::Failed {
                return Ok(Close::Failed);
            }
            if self.with(|state, live| live.end(state))? {
                return Ok(Close::Well);
            }
        }
    }

    /// Says what comes after the idle, or what an abort or a deletion still has to say, and ends the run.
    async fn close(mut self, closed: Result<Close, Stop>) {
        match closed {
            Ok(Close::Well) => self.core.with(|state| {
                self.live.trail(state);
                self.live.flush_late(state);
                state.end_run(&self.live.session_id);
            }),
            Ok(Close::Failed) => self.core.with(|state| state.end_run(&self.live.session_id)),
            Err(stop) => self.close_stopped(stop).await,
        }
        // A prompt that came while the end was being written begins a run of its own.
        start(&self.core, &self.live.session_id);
    }

    /// Ends a run that was stopped.
    pub(super) async fn close_stopped(&mut self, stop: Stop) {
        match stop {
            Stop::Aborted => {
                if let Some(gate) = self.live.abort_gate.take() {
                    hold(&self.core, &gate).await;
                }
                self.core.with(|state| {
                    self.live.complete_aborted(state);
                    state.end_run(&self.live.session_id);
                });
            }
            Stop::Deleted => {
                self.haunt().await;
                self.core.with(|state| state.end_run(&self.live.session_id));
            }
            Stop::Gone => {}
        }
    }

    /// The turn of a deleted session: it retries a write that can never work, until somebody aborts it.
    async fn haunt(&mut self) {
        let announced = self.with(|state, live| {
            let message = "Failed query: insert into \"part\" (\"id\", \"message_id\", \"session_id\")";
            let next = state.ids.now() + 2000;
            let status = json!({"type": "retry", "attempt": 1, "message": message, "next": next});
            live.set_phase(state, Phase::Retrying);
            state.set_status(&live.session_id, &status);
        });
        let stopped = match announced {
            Ok(()) => self.until(|_| None::<()>).await.err(),
            Err(stop) => Some(stop),
        };
        if stopped == Some(Stop::Aborted) {
            self.core.with(|state| state.set_idle(&self.live.session_id));
        }
    }

    /// Answers one user message with its script.
    async fn answer(&mut self, assigned: Assigned) -> Result<Close, Stop> {
        let Assigned { script, synchronous } = assigned;
        if let Some(Step::UnknownModel(model)) = script.steps.first() {
            self.fail_unknown_model(model, synchronous)?;
            return Ok(Close::Failed);
        }
        self.store(|state, live| live.begin_message(state))?;
        for step in script.steps {
            if self.play(step).await? == Close::Failed {
                return Ok(Close::Failed);
            }
            if self.live.quiet_end {
                break;
            }
            // Lets requests and other sessions in between, as a model's pace would.
            tokio::task::yield_now().await;
        }
        self.store(|state, live| {
            if live.is_to_go_on(state) {
                // The model is told what the tools have answered, and has nothing to say to it.
                live.finish_message(state);
                live.begin_message(state);
            }
            live.finish_message(state);
        })?;
        Ok(Close::Well)
    }

    /// No message; an error, idle, and a second error that only asynchronous prompts have.
    fn fail_unknown_model(&mut self, model: &str, synchronous: bool) -> Result<(), Stop> {
        let message = format!("Model not found: {model}.");
        self.store(|state, live| {
            state.set_busy(&live.session_id);
            state.emit_unknown_error(&live.session_id, &message);
            state.set_idle(&live.session_id);
            if !synchronous {
                let trace = format!("ProviderModelNotFoundError: {message}\n    at getModel");
                state.emit_unknown_error(&live.session_id, &trace);
            }
            if let Some(session) = state.sessions.get_mut(&live.session_id) {
                session.failed = true;
            }
            state.skip_prompts(&live.session_id);
        })
    }

    /// Ends the turn with an error object.
    pub(super) fn fail(&mut self, error: &Value) -> Result<Close, Stop> {
        self.store(|state, live| live.fail(state, error))?;
        Ok(Close::Failed)
    }
}
