//! How fast subjects get their sessions when several callers want the same one at once.
//!
//! `cargo bench -p opencode-store --all-features --bench sessions` prints one figure a line; a word behind `--`,
//! `sqlite` or `postgres`, leaves out the other database.

mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use opencode_store::session::{
    NewUpstreamSession, SessionConfig, SessionPlace, Sessions, Upstream, UpstreamError,
};
use opencode_wire::ids::SessionId;
use opencode_wire::model::PermissionRule;
use support::{Aim, Figure, Kind, Load, Place, load, number, percentile, run, subject, take_turns};

/// How many callers want the same session.
const RACERS: usize = 8;

fn main() {
    run(async {
        for kind in Kind::ALL {
            let Some(place) = Place::of(kind).await else { continue };
            ensure(&place, 1, kind.pick(8_000.0, 6_000.0)).await;
            ensure(&place, 8, None).await;
        }
    });
}

/// Racers in groups, each group for keys of its own, which are new.
async fn ensure(place: &Place, groups: usize, least: Option<f64>) {
    let racers = RACERS * groups;
    let ours = async || race(place, groups).await;
    let (ours, theirs) = take_turns(ours, async || place.plain.insert_or_get(racers).await).await;
    let database = place.kind.name();
    let name = format!("{database}, sessions ensured by {RACERS} racers for each key, {groups} keys at once");
    let aims: Vec<Aim> = least.into_iter().map(Aim::AtLeast).collect();
    let peer = format!("{}, insert or read", place.plain.name());
    let compared = Some((peer.as_str(), ours.rate / theirs));
    Figure { name: &name, value: ours.rate, unit: "/s", compared, aims: &aims }.print();
    let name = format!("{name}: 99 in 100 wait at most");
    let value = percentile(&ours.waits, 99) * 1e3;
    Figure { name: &name, value, unit: "ms", compared: None, aims: &[] }.print();
}

async fn race(place: &Place, groups: usize) -> Load {
    let server = Arc::new(InstantServer::default());
    let sessions = Sessions::new(place.store.sessions(), Arc::clone(&server) as Arc<dyn Upstream>);
    // A group goes through its numbers together; 2^20 of them are more than any round needs.
    let base = number() << 30;
    let places: Arc<[AtomicU64]> = (0..RACERS * groups).map(|_| AtomicU64::new(0)).collect();
    let keys = Arc::new(Mutex::new(HashSet::new()));
    let counted = Arc::clone(&keys);
    let call = move |racer: usize| {
        let key = base + ((racer / RACERS) << 20) as u64 + places[racer].fetch_add(1, Ordering::Relaxed);
        let (sessions, keys) = (sessions.clone(), Arc::clone(&keys));
        async move {
            keys.lock().expect("nobody has panicked").insert(key);
            sessions.ensure(&subject(key), &SessionConfig::new("/srv/bench")).await.expect("a session");
            1
        }
    };
    let load = load(RACERS * groups, call).await;
    let wanted = counted.lock().expect("nobody has panicked").len();
    assert_eq!(server.made.load(Ordering::Relaxed), wanted, "each key has one session on the server");
    load
}

/// A server that answers at once.
#[derive(Debug, Default)]
struct InstantServer {
    made: AtomicUsize,
}

#[async_trait]
impl Upstream for InstantServer {
    async fn create(&self, _: &NewUpstreamSession) -> Result<SessionId, UpstreamError> {
        self.made.fetch_add(1, Ordering::Relaxed);
        Ok(SessionId::from_wire(&format!("ses_{:026}", number())))
    }

    async fn minted(&self, _: &str, _: &SessionPlace) -> Result<Vec<SessionId>, UpstreamError> {
        Ok(Vec::new())
    }

    async fn abort(&self, _: &SessionId, _: &SessionPlace) -> Result<(), UpstreamError> {
        Ok(())
    }

    async fn delete(&self, _: &SessionId, _: &SessionPlace) -> Result<(), UpstreamError> {
        Ok(())
    }

    async fn set_permissions(
        &self,
        _: &SessionId,
        _: &SessionPlace,
        _: &[PermissionRule],
    ) -> Result<(), UpstreamError> {
        Ok(())
    }
}
