//! Turns in a world where everything goes wrong, and where the same seed goes wrong in the same way.
//!
//! The rules are the product's own; time, chance, network, server and processes are simulated, and the store is the one
//! in memory behind a line that fails. Everything happens in one thread, in an order that the seed chooses.

mod checks;
mod driver;
mod faults;
mod hosts;
mod network;
mod plan;
mod server;
mod store;
mod tests;
mod world;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opencode_wire::turn::{Deadlines, FollowPolicy};

use self::checks::Book;
use self::plan::{Mercy, PATIENCE, Plan};
use self::server::Server;
use self::store::FaultyStore;
use self::world::{Halt, NATURE, World, lock};

/// Everything that there is. Clones are the same.
#[derive(Clone)]
struct Sim {
    world: World,
    plan: Plan,
    server: Arc<Mutex<Server>>,
    store: Arc<FaultyStore>,
    book: Arc<Mutex<Book>>,
}

/// How turns are followed here: as usual, with less patience.
fn policy() -> FollowPolicy {
    let deadlines =
        Deadlines::default().with_progress(Duration::from_secs(120)).with_total(Duration::from_secs(900));
    FollowPolicy::default().with_deadlines(deadlines)
}

/// What became of a world.
struct Report {
    violation: Option<String>,
    trace: String,
    ends: Vec<&'static str>,
    claims: u64,
    take_overs: u64,
}

/// Lets one world run until everything has come to rest.
fn simulate(seed: u64, mercy: Mercy, is_traced: bool) -> Report {
    let world = World::new(seed, is_traced);
    let plan = Plan::of(&world, mercy);
    world.tell(|| format!("{plan:?}"));
    let sim = Sim {
        server: Arc::new(Mutex::new(Server::new(&world))),
        store: Arc::new(FaultyStore::new(&world, &plan)),
        book: Arc::default(),
        world: world.clone(),
        plan,
    };
    faults::begin(&sim);
    world.spawn(NATURE, hosts::host(sim.clone()));
    let halt = world.run(sim.plan.faults_until + PATIENCE, || lock(&sim.book).is_closed());
    if halt == Halt::Done {
        // What is still under way arrives.
        world.run(world.now() + Duration::from_secs(45), || false);
    }
    if world.violation().is_none() {
        checks::at_rest(&sim);
    }
    let ends = checks::ends(&sim);
    let book = lock(&sim.book);
    let (claims, take_overs) = (book.claims, book.take_overs);
    drop(book);
    let report = Report { violation: world.violation(), trace: world.trace(), ends, claims, take_overs };
    world.end();
    report
}
