//! One turn that is to survive: where it is kept, who carries it out, and what was done to it.

use std::sync::Arc;
use std::time::Duration;

use opencode_store::postgres::PostgresOptions;
use opencode_store::reply::StoredPart;
use opencode_store::session::Subject;
use opencode_store::turn::{Admission, StopReason, TurnId};
use opencode_store::{Store, StoreOptions};
use opencode_wire::Client;
use opencode_wire::api::Prompt;
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

use super::child::Orders;
use super::places::{Host, Place};
use super::points::{Act, Plan};
use super::program::{Death, Program};
use super::said::Said;
use super::script::{self, FIRST_HALF};

/// A process that takes longer hangs, on a machine with other work too.
const HANGS_AFTER: Duration = Duration::from_secs(300);
/// What a worker that has taken a turn over does once it hears the server: from then on it follows the turn live.
const FOLLOWS: &str = "request.GET /session/:id/message#1.after";

/// One turn that is to survive.
pub(super) struct Scene {
    pub(super) host: Arc<Host>,
    pub(super) client: Client,
    pub(super) store: Store,
    pub(super) message_id: MessageId,
    pub(super) turn: TurnId,
    pub(super) subject: Subject,
    /// What the sessions are called that are made for it, and the gate at which its agent waits.
    pub(super) name: String,
    /// Whether somebody wants it stopped as soon as half of it is stored.
    is_stopped: bool,
    orders: Orders,
}

/// What came of a process.
#[derive(Debug)]
pub(super) struct Life {
    /// The points that it passed.
    pub(super) passed: Vec<String>,
    /// Whether it stood at its point while the server was killed.
    pub(super) has_waited: bool,
    /// Whether it has taken away what was stored.
    pub(super) took_away: bool,
    pub(super) death: Death,
}

impl Scene {
    /// Admits a turn.
    pub(super) async fn set(place: &Place, host: Arc<Host>, lease: Duration, is_stopped: bool) -> Self {
        let name = format!("crash-{:016x}", fastrand::u64(..));
        let options = StoreOptions::default().with_postgres(PostgresOptions::default().with_pool_size(2));
        let store = Store::open_with(place.url(), options).await.unwrap();
        let client = host.client();
        let prompt = match &*host {
            Host::Scripted(server) => {
                server.script(script::for_server(&name));
                "Please go.".to_owned()
            }
            Host::Real { .. } => script::for_model(&name),
        };
        let subject = Subject::new("acme", &name).unwrap();
        let message_id = client.mint_message_id();
        let prompt = Json::from_value(&Prompt::from(prompt)).unwrap();
        let admission = Admission::new(subject.clone(), message_id.clone(), prompt);
        let turn = store.turns().admit(&admission).await.unwrap().turn.id;
        let orders = Orders {
            store_url: place.url().to_owned(),
            server_url: host.url().to_owned(),
            password: host.password().map(str::to_owned),
            message_id: message_id.clone(),
            title: name.clone(),
            lease,
            patience: lease * 3 / 4,
            admission: lease * 8,
            plan: None,
            asks: false,
        };
        Self { host, client, store, message_id, turn, subject, name, is_stopped, orders }
    }

    /// Lets a process work until it dies or the turn has ended. Processes but the first take over.
    pub(super) async fn live(&self, plan: Option<Plan>, is_first: bool) -> Result<Life, String> {
        let life = tokio::time::timeout(HANGS_AFTER, self.live_out(plan, is_first)).await;
        life.unwrap_or_else(|_| Err("a worker hangs".to_owned()))
    }

    async fn live_out(&self, plan: Option<Plan>, is_first: bool) -> Result<Life, String> {
        let dies_too = plan.as_ref().is_some_and(|plan| plan.act == Act::Both);
        let mut program = Program::start(&Orders { plan, ..self.orders.clone() });
        let mut passed = Vec::new();
        let (mut has_waited, mut took_away, mut goes_on) = (false, false, false);
        while let Some(said) = program.next().await {
            match said {
                Said::Passed(point) => {
                    let takes_over = !is_first || has_waited;
                    if !goes_on && self.is_time_to_go_on(&point, takes_over).await {
                        goes_on = true;
                        self.go_on().await;
                    }
                    passed.push(point);
                }
                Said::TookAway => took_away = true,
                Said::Waits => {
                    has_waited = true;
                    if dies_too {
                        program.kill().await;
                    }
                    self.host.restart().await;
                    if !dies_too {
                        program.go().await;
                    }
                }
            }
        }
        let death = program.end().await?;
        if death == Death::Killed && self.is_stopped {
            self.stop().await;
        }
        Ok(Life { passed, has_waited, took_away, death })
    }

    /// Whether the agent has waited for long enough: until half of the answer is stored, or somebody else follows it.
    async fn is_time_to_go_on(&self, point: &str, takes_over: bool) -> bool {
        if takes_over && point == FOLLOWS {
            return true;
        }
        point.starts_with("store.write_snapshot") && self.text().await.contains(FIRST_HALF)
    }

    async fn go_on(&self) {
        if self.is_stopped {
            self.stop().await;
        } else {
            self.host.release(&self.name);
        }
    }

    /// The text that is stored.
    pub(super) async fn text(&self) -> String {
        let parts = self.store.replies().parts(self.turn).await.unwrap();
        let texts = parts.iter().map(StoredPart::to_value).filter(|part| part["type"] == "text");
        texts.filter_map(|part| part["content"].as_str().map(str::to_owned)).collect()
    }

    async fn stop(&self) {
        self.store.turns().request_stop(self.turn, StopReason::Cancelled).await.unwrap();
    }
}
