//! Carries out what the course of a supervisor asks for.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opencode_wire::Client;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::course::{Action, Course, Input, Probe};
use super::launch::{Launched, launch};
use super::{Running, ServerState, ServerStatus, StartError, SupervisorOptions};

/// What a handle tells the driver.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Want,
    Hold,
    Release,
    Recycle,
    Stop,
}

/// Carries out what the course asks for, until the supervisor has ended.
pub(super) struct Driver {
    options: SupervisorOptions,
    course: Course,
    origin: Instant,
    orders: mpsc::UnboundedReceiver<Order>,
    /// Whether every handle is gone.
    is_left: bool,
    status: watch::Sender<ServerStatus>,
    holds: usize,
    generation: u64,
    launching: Option<BoxFuture<'static, Result<Launched, StartError>>>,
    /// What is launched is given up when this is dropped.
    launch_on: Option<oneshot::Sender<()>>,
    server: Option<Launched>,
    probing: Option<BoxFuture<'static, bool>>,
    error: Option<Arc<StartError>>,
}

impl Driver {
    pub(super) fn new(
        options: SupervisorOptions,
        orders: mpsc::UnboundedReceiver<Order>,
        status: watch::Sender<ServerStatus>,
    ) -> Self {
        Self {
            course: Course::new(options.health),
            options,
            origin: Instant::now(),
            orders,
            is_left: false,
            status,
            holds: 0,
            generation: 0,
            launching: None,
            launch_on: None,
            server: None,
            probing: None,
            error: None,
        }
    }

    pub(super) async fn run(mut self) {
        while self.course.state() != ServerState::Stopped {
            let wake_at = self.course.wake_at().map(|at| self.origin + at);
            tokio::select! {
                biased;
                order = self.orders.recv(), if !self.is_left => self.order(order),
                launched = ready(&mut self.launching) => self.launched(launched),
                _ended = ended(&mut self.server) => self.exited(),
                has_answered = ready(&mut self.probing) => self.probed(has_answered),
                () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => {
                    self.tell(Input::Tick);
                }
            }
            self.publish();
        }
        self.error = Some(Arc::new(StartError::Stopped));
        self.publish();
    }

    fn order(&mut self, order: Option<Order>) {
        match order {
            Some(Order::Want) => self.tell(Input::Want),
            Some(Order::Hold) => {
                self.holds += 1;
                self.tell(Input::Holds(self.holds));
            }
            Some(Order::Release) => {
                self.holds = self.holds.saturating_sub(1);
                self.tell(Input::Holds(self.holds));
            }
            Some(Order::Recycle) => self.tell(Input::Recycle),
            Some(Order::Stop) => self.tell(Input::Stop),
            None => {
                self.is_left = true;
                self.tell(Input::Stop);
            }
        }
    }

    fn launched(&mut self, launched: Result<Launched, StartError>) {
        self.launching = None;
        self.launch_on = None;
        match launched {
            Err(StartError::Stopped) => self.tell(Input::Exited),
            Ok(server) => {
                tracing::info!(pid = server.process.pid(), version = server.version, "a server was started");
                self.generation += 1;
                self.error = None;
                self.server = Some(server);
                self.tell(Input::Started);
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a server could not be started");
                self.error = Some(Arc::new(error));
                self.tell(Input::StartFailed);
            }
        }
    }

    fn exited(&mut self) {
        if let Some(server) = self.server.take() {
            tracing::info!(pid = server.process.pid(), "a server has ended");
        }
        self.probing = None;
        self.tell(Input::Exited);
    }

    fn probed(&mut self, has_answered: bool) {
        self.probing = None;
        let Some(server) = &mut self.server else { return };
        let (memory, has_worked) = server.process.look();
        let probe = if has_answered { Probe::Answered { memory } } else { Probe::Silent { has_worked } };
        self.tell(Input::Probed(probe));
    }

    fn tell(&mut self, input: Input) {
        let now = self.origin.elapsed();
        self.course.handle(now, input);
        while let Some(action) = self.course.next_action() {
            self.carry_out(action);
        }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Start => {
                let (launch_on, go_on) = oneshot::channel();
                self.launch_on = Some(launch_on);
                self.launching = Some(launch(self.options.clone(), go_on).boxed());
            }
            Action::Probe => {
                let Some(server) = &self.server else { return };
                self.probing = Some(probe(server.client.clone(), self.options.health.probe_within).boxed());
            }
            Action::Terminate => match &mut self.server {
                Some(server) => server.process.terminate(),
                // It has not answered yet. What launches it ends it, and says when it has.
                None => self.launch_on = None,
            },
            Action::Kill => {
                if let Some(server) = &mut self.server {
                    server.process.kill();
                }
            }
        }
    }

    fn publish(&self) {
        let running = self.server.as_ref().map(|server| Running {
            client: server.client.clone(),
            generation: self.generation,
            pid: server.process.pid(),
            version: server.version.clone(),
        });
        let status = ServerStatus {
            state: self.course.state(),
            running,
            restarts_because: self.course.why(),
            error: self.error.clone(),
        };
        self.status.send_if_modified(|last| {
            let is_new = !last.is_same(&status);
            *last = status;
            is_new
        });
    }
}

async fn probe(client: Client, within: Duration) -> bool {
    matches!(timeout(within, client.health()).await, Ok(Ok(_)))
}

async fn ready<T>(waiting: &mut Option<BoxFuture<'static, T>>) -> T {
    match waiting {
        Some(future) => future.await,
        None => pending().await,
    }
}

async fn ended(server: &mut Option<Launched>) -> std::io::Result<std::process::ExitStatus> {
    match server {
        Some(server) => server.process.wait().await,
        None => pending().await,
    }
}
