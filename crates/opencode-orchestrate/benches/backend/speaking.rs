//! What it costs to follow sessions that speak at the pace of a model.

use std::time::Instant;

use opencode_testkit::bench::{ServerProcess, cpu_seconds};

use crate::crowd::{Crowd, Way};
use crate::sdk::{Sdk, Took};
use crate::support::far_end::Pace;
use crate::support::load::{count, median};
use crate::support::{Aim, Figure, Host};
use crate::{MANY, SESSIONS};

/// A piece in so many milliseconds, which is fifty in a second.
const PACE: Pace = Pace::Every(20);
/// Odd, so that there is a median.
const ROUNDS: usize = 3;
/// How many sessions speak before anything is measured.
const WARM_UP: usize = 200;

/// Those who take turns, each with a server of its own, so that none hears of the others' sessions.
struct Peers {
    backend: (ServerProcess, Host),
    wire: (ServerProcess, Host),
    sdk: Option<(ServerProcess, Sdk)>,
}

/// What a turn of each has cost.
struct Round {
    backend: Cost,
    wire: Cost,
    sdk: Option<Cost>,
}

/// What a turn has cost.
#[derive(Clone, Copy)]
struct Cost {
    /// Processor time, in milliseconds.
    cpu: f64,
    /// The same as a share of the time that it took.
    share: f64,
}

pub(crate) async fn figures() {
    let mut peers = Peers::start().await;
    // What the first few cost is not theirs.
    peers.round(WARM_UP).await;
    for sessions in SESSIONS {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push(peers.round(sessions).await);
        }
        let backend = Cost::median(rounds.iter().map(|round| round.backend));
        let wire = Cost::median(rounds.iter().map(|round| round.wire));
        let sdk = rounds.iter().map(|round| round.sdk).collect::<Option<Vec<_>>>();
        let sdk = sdk.map(|costs| Cost::median(costs.into_iter()));
        tell(sessions, backend, wire, sdk);
    }
}

fn tell(sessions: usize, backend: Cost, wire: Cost, sdk: Option<Cost>) {
    let at = format!("at 50 deltas a second, {sessions} at once");
    let name = format!("processor time of a turn of an agent {at}");
    let compared = Some(("the same turn followed without a store", backend.cpu / wire.cpu));
    Figure { name: &name, value: backend.cpu, unit: "ms", compared, aims: &[] }.print();
    if let Some(sdk) = sdk {
        for (name, cost, peer, limit) in [
            (
                format!("{name}, once more"),
                backend,
                "official TypeScript SDK with a stream for each session, which stores nothing",
                1.0,
            ),
            (
                format!("processor time of a turn without a store {at}"),
                wire,
                "official TypeScript SDK with a stream for each session",
                0.5,
            ),
        ] {
            let compared = Some((peer, cost.cpu / sdk.cpu));
            let aims = (sessions >= MANY).then_some(Aim::RatioAtMost(limit));
            Figure { name: &name, value: cost.cpu, unit: "ms", compared, aims: aims.as_slice() }.print();
        }
    }
    let name = format!("share of a core for an agent that speaks, {sessions} at once");
    Figure { name: &name, value: backend.share * 100.0, unit: "%", compared: None, aims: &[] }.print();
}

impl Peers {
    async fn start() -> Self {
        let [backend, wire, sdk] = [(); 3].map(|()| ServerProcess::start(&PACE.word()));
        let hosts = (Host::new(&backend).await, Host::new(&wire).await);
        let program = Sdk::start(&sdk);
        Self {
            backend: (backend, hosts.0),
            wire: (wire, hosts.1),
            sdk: program.map(|program| (sdk, program)),
        }
    }

    /// One after the other leads one turn on each of that many sessions, which are there already.
    async fn round(&mut self, sessions: usize) -> Round {
        let cost = |took| Cost::of(took, sessions);
        let backend = led(&Crowd::gather(Way::Backend, &self.backend.1, sessions).await).await;
        let wire = led(&Crowd::gather(Way::Wire, &self.wire.1, sessions).await).await;
        let sdk = self.sdk.as_mut().map(|(_, sdk)| sdk.speak(sessions));
        Round { backend: cost(backend), wire: cost(wire), sdk: sdk.map(cost) }
    }
}

async fn led(crowd: &Crowd) -> Took {
    let (start, before) = (Instant::now(), cpu_seconds().expect("Linux"));
    crowd.prompt().join_all().await;
    Took { seconds: start.elapsed().as_secs_f64(), cpu: cpu_seconds().expect("Linux") - before }
}

impl Cost {
    fn of(took: Took, sessions: usize) -> Self {
        let cpu = took.cpu / count(sessions);
        Self { cpu: cpu * 1e3, share: cpu / took.seconds }
    }

    /// The median of each.
    fn median(costs: impl Iterator<Item = Self>) -> Self {
        let costs: Vec<Self> = costs.collect();
        let of = |value: fn(&Self) -> f64| median(costs.iter().map(value).collect());
        Self { cpu: of(|cost| cost.cpu), share: of(|cost| cost.share) }
    }
}
