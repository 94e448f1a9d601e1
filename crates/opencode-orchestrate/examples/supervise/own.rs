//! Starts servers and ends them, and looks for what is left.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use fastrand::Rng;

use crate::busy;
use crate::census::{Census, carriers, children, is_there};
use crate::cycle::{self, Ending};
use crate::finding::{Finding, count};
use crate::orders::Orders;

/// After so many the runtime has made what it makes once.
const WARM_UP: usize = 20;
/// So many more descriptors and threads than then are not a leak.
const ALLOWED: usize = 4;
/// How long threads that have nothing to do stay, and somewhat more.
const SETTLES_WITHIN: Duration = Duration::from_secs(30);

/// Does what it is told, and prints what it found.
pub(crate) async fn run(orders: &Orders) -> Result<()> {
    let mut findings = Findings::new();
    let mut chance = Rng::with_seed(orders.seed);
    let mut done: HashMap<Ending, usize> = HashMap::new();
    let (mut real, mut warm) = (0, None);
    for cycle in 1..=orders.cycles {
        let binary = orders.real_for(cycle);
        real += usize::from(binary.is_some());
        let ending = Ending::ALL[chance.usize(..Ending::ALL.len())];
        let pids = cycle::run(orders.options(binary)?, ending, &mut chance).await;
        let pids = pids.with_context(|| format!("cycle {cycle}, {}", ending.as_str()))?;
        *done.entry(ending).or_default() += 1;
        findings.look(orders, &format!("cycle {cycle}, {}", ending.as_str()), &pids)?;
        if cycle == WARM_UP.min(orders.cycles) {
            warm = Some(Census::take()?);
        }
    }
    for ending in Ending::ALL {
        count(ending.as_str(), done.get(&ending).copied().unwrap_or_default());
    }
    count("of these with a real server", real);
    if let Some(warm) = warm {
        findings.compare(warm).await?;
    }
    if orders.busy {
        for finding in busy::run(orders).await? {
            finding.print();
        }
        findings.look(orders, "busy", &[])?;
    }
    findings.print();
    Ok(())
}

struct Findings {
    processes: Finding,
    marked: Finding,
    children: Finding,
    records: Finding,
    held: Finding,
}

impl Findings {
    fn new() -> Self {
        Self {
            processes: Finding::new("a server that has ended is gone"),
            marked: Finding::new("nothing that it has started is there"),
            children: Finding::new("the owner has no children, dead or alive"),
            records: Finding::new("no record is left"),
            held: Finding::new("the owner holds what it held at the beginning"),
        }
    }

    /// Looks for what one server has left.
    fn look(&mut self, orders: &Orders, which: &str, pids: &[u32]) -> Result<()> {
        for pid in pids {
            self.processes.expect(!is_there(*pid), || format!("{which}: process {pid}"));
        }
        let carriers = carriers(&orders.run());
        self.marked.expect(carriers.is_empty(), || format!("{which}: processes {carriers:?}"));
        let children = children();
        self.children.expect(children.is_empty(), || format!("{which}: processes {children:?}"));
        let records = fs::read_dir(orders.records()).map_or(0, Iterator::count);
        self.records.expect(records == 0, || format!("{which}: {records} files"));
        Ok(())
    }

    /// Looks for what the owner has kept, once all threads without work have had the time to go.
    async fn compare(&mut self, warm: Census) -> Result<()> {
        let began = Instant::now();
        let mut now = Census::take()?;
        while now.threads > warm.threads && began.elapsed() < SETTLES_WITHIN {
            tokio::time::sleep(Duration::from_millis(200)).await;
            now = Census::take()?;
        }
        for (what, before, after) in [
            ("descriptors", warm.descriptors, now.descriptors),
            ("threads", warm.threads, now.threads),
            ("children", warm.children, now.children),
        ] {
            count(&format!("{what} of the owner after {WARM_UP} cycles"), before);
            count(&format!("{what} of the owner at the end"), after);
            self.held.expect(after <= before + ALLOWED, || format!("{what}: {before}, and then {after}"));
        }
        count("kB of memory of the owner at the beginning", warm.memory);
        count("kB of memory of the owner at the end", now.memory);
        Ok(())
    }

    fn print(&self) {
        for finding in [&self.processes, &self.marked, &self.children, &self.records, &self.held] {
            finding.print();
        }
    }
}
