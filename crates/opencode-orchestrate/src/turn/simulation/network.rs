//! The network between workers and the server: what arrives, when, and what does not.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opencode_wire::event::Event;
use opencode_wire::ids::SessionId;
use tokio::sync::{Notify, oneshot};

use super::Sim;
use super::plan::{LEASE, LatePrompts, TIMEOUT};
use super::server::Server;
use super::world::{NATURE, lock};

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It provably never left.
    Refused,
    /// Nobody knows whether it arrived.
    Unknown,
    /// The server does not know the session.
    NotFound,
}

/// What a request asks for. It is done when the request arrives, whoever is still there to hear of it.
pub(super) trait Ask<T>: FnOnce(&Sim, &mut Server) -> Result<T, Trouble> + Send + 'static {}

impl<T, F: FnOnce(&Sim, &mut Server) -> Result<T, Trouble> + Send + 'static> Ask<T> for F {}

impl Sim {
    /// Sends a request, and waits for the answer for as long as the client does.
    pub(super) async fn request<T: Send + 'static>(
        &self,
        what: &'static str,
        ask: impl Ask<T>,
    ) -> Result<T, Trouble> {
        let (world, plan) = (&self.world, &self.plan);
        if !lock(&self.server).is_up || self.fails(plan.refused) {
            world.sleep(world.millis(1..=5)).await;
            return Err(Trouble::Refused);
        }
        let (way_there, way_back) = (self.way(what), self.way(what));
        let (is_lost, is_answer_lost) = (self.fails(plan.request_lost), self.fails(plan.answer_lost));
        let (answer, heard) = oneshot::channel();
        let sim = self.clone();
        world.spawn(NATURE, async move {
            sim.world.sleep(way_there).await;
            if is_lost {
                sim.world.tell(|| format!("network: {what} is lost"));
                return;
            }
            let done = {
                let mut server = lock(&sim.server);
                if !server.is_up {
                    return;
                }
                ask(&sim, &mut server)
            };
            sim.world.sleep(way_back).await;
            if !is_answer_lost {
                let _nobody_listens = answer.send(done);
            }
        });
        tokio::select! {
            biased;
            Ok(answer) = heard => answer,
            () = world.sleep(TIMEOUT) => {
                world.tell(|| format!("network: no answer to {what}"));
                Err(Trouble::Unknown)
            }
        }
    }

    /// How long something is under way.
    fn way(&self, what: &str) -> Duration {
        let limit = u64::try_from(TIMEOUT.as_millis()).unwrap_or_default() - 100;
        match self.plan.mercy.late_prompts {
            _ if !self.fails(self.plan.slow) => self.world.millis(1..=20),
            LatePrompts::Always if what == "prompt" => {
                let lease = u64::try_from(LEASE.as_millis()).unwrap_or_default();
                self.world.millis(20..=2 * lease)
            }
            _ => self.world.millis(20..=limit),
        }
    }

    /// Whether a fault happens that has this chance.
    pub(super) fn fails(&self, percent: u64) -> bool {
        self.is_faulty() && self.world.chance(percent)
    }

    /// Whether anything still goes wrong.
    pub(super) fn is_faulty(&self) -> bool {
        self.world.now() < self.plan.faults_until
    }
}

/// What a listener hears.
#[derive(Debug, Clone)]
pub(super) enum Notice {
    Live,
    Gap,
    Event(Arc<Event>),
}

/// The end of an event stream that is with the network.
pub(super) struct Inbox {
    pub(super) session: SessionId,
    waiting: Mutex<VecDeque<(Duration, Notice)>>,
    wake: Notify,
    /// Whether the server writes to it.
    is_connected: AtomicBool,
    is_closed: AtomicBool,
}

impl Inbox {
    /// Sends something down the stream: in order, and perhaps late.
    pub(super) fn send(&self, sim: &Sim, notice: Notice) {
        let late =
            if sim.fails(sim.plan.slow) { sim.world.millis(10..=3_000) } else { sim.world.millis(0..=4) };
        let mut waiting = lock(&self.waiting);
        let last = waiting.back().map_or(Duration::ZERO, |(at, _)| *at);
        let at = last.max(sim.world.now() + late);
        if sim.fails(sim.plan.told_twice) {
            waiting.push_back((at, notice.clone()));
        }
        waiting.push_back((at, notice));
        drop(waiting);
        self.wake.notify_one();
    }

    pub(super) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Breaks the stream: what is under way is lost, and the listener hears that. It is connected again by itself.
    pub(super) fn break_off(self: &Arc<Self>, sim: &Sim) {
        if self.is_connected.swap(false, Ordering::Relaxed) {
            let mut waiting = lock(&self.waiting);
            waiting.clear();
            waiting.push_back((sim.world.now(), Notice::Gap));
            drop(waiting);
            self.wake.notify_one();
            self.connect(sim);
        }
    }

    /// Connects as soon as the server takes connections.
    fn connect(self: &Arc<Self>, sim: &Sim) {
        let (sim, inbox) = (sim.clone(), Arc::clone(self));
        sim.clone().world.spawn(NATURE, async move {
            loop {
                sim.world.sleep(sim.world.millis(1..=40)).await;
                if inbox.is_closed() {
                    return;
                }
                if lock(&sim.server).is_up && !sim.fails(sim.plan.refused) {
                    break;
                }
                sim.world.sleep(sim.world.millis(50..=2_000)).await;
            }
            inbox.is_connected.store(true, Ordering::Relaxed);
            inbox.send(&sim, Notice::Live);
            lock(&sim.server).listeners.push(inbox);
        });
    }
}

/// A subscription to the events of a session.
pub(super) struct Stream {
    sim: Sim,
    inbox: Arc<Inbox>,
    /// Whether the server has said that it is connected.
    pub(super) was_live: bool,
}

impl Stream {
    pub(super) fn open(sim: &Sim, session: SessionId) -> Self {
        let inbox = Arc::new(Inbox {
            session,
            waiting: Mutex::default(),
            wake: Notify::new(),
            is_connected: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
        });
        inbox.connect(sim);
        Self { sim: sim.clone(), inbox, was_live: false }
    }

    /// What comes next. Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Notice {
        loop {
            let first = lock(&self.inbox.waiting).front().map(|(at, _)| *at);
            match first {
                Some(at) if at <= self.sim.world.now() => {
                    let Some((_, notice)) = lock(&self.inbox.waiting).pop_front() else { continue };
                    self.was_live |= matches!(notice, Notice::Live);
                    return notice;
                }
                Some(at) => self.sim.world.sleep_until(at).await,
                None => self.inbox.wake.notified().await,
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.inbox.is_closed.store(true, Ordering::Relaxed);
    }
}
