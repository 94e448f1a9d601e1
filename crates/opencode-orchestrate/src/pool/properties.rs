//! Whatever comes in whichever order: what must never happen to those who are in.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::roll::{Drained, Entered, Roll};
use super::{PoolError, PoolOptions};
use crate::supervisor::SupervisorOptions;

const NAMES: [&str; 3] = ["a", "b", "c"];
const DIRECTORIES: [&str; 2] = ["/x", "/y"];
/// How many servers may run.
const LIVE: usize = 2;
/// After how many steps a server or a directory counts as unused.
const UNUSED: Duration = Duration::from_secs(3);

#[derive(Debug, Clone)]
enum Doing {
    Enter(usize, usize),
    /// The one with this number among those who are in, if there are so many.
    Leave(usize),
    Look,
    /// The first of those that are being ended has ended.
    Ended,
    Drain(usize),
    Open(usize),
    /// The first of the directories that are being forgotten was forgotten.
    Forgotten(bool),
}

fn doing() -> impl Strategy<Value = Doing> {
    prop_oneof![
        4 => (0..3_usize, 0..2_usize).prop_map(|(name, directory)| Doing::Enter(name, directory)),
        3 => (0..4_usize).prop_map(Doing::Leave),
        2 => Just(Doing::Look),
        2 => Just(Doing::Ended),
        1 => (0..3_usize).prop_map(Doing::Drain),
        1 => (0..3_usize).prop_map(Doing::Open),
        2 => any::<bool>().prop_map(Doing::Forgotten),
    ]
}

/// What is known beside the roll.
#[derive(Debug, Default)]
struct World {
    inside: Vec<(usize, usize)>,
    ending: Vec<String>,
    forgetting: Vec<(String, String)>,
    drained: BTreeMap<usize, bool>,
}

impl World {
    fn has(&self, name: &str) -> bool {
        self.inside.iter().any(|(at, _)| NAMES[*at] == name)
    }

    fn step(&mut self, roll: &mut Roll, doing: &Doing, now: Duration) -> Result<(), TestCaseError> {
        match doing {
            Doing::Enter(name, directory) => {
                let (at, place) = (NAMES[*name], DIRECTORIES[*directory]);
                match roll.enter(at, Some(place), now).map_err(|error| failed(&error))? {
                    Entered::In(_) => {
                        prop_assert!(!self.ending.iter().any(|ending| ending == at), "it is being ended");
                        let forgets = |(server, of): &(String, String)| server == at && of == place;
                        prop_assert!(
                            !self.forgetting.iter().any(forgets),
                            "the directory is being forgotten"
                        );
                        prop_assert!(!self.drained.get(name).is_some_and(|is_drained| *is_drained));
                        self.inside.push((*name, *directory));
                    }
                    Entered::MakeRoom(ending) => self.end(ending.name)?,
                    Entered::Wait => {}
                }
            }
            Doing::Leave(number) if *number < self.inside.len() => {
                let (name, directory) = self.inside.remove(*number);
                roll.leave(NAMES[name], Some(DIRECTORIES[directory]), now);
            }
            Doing::Look => {
                for ending in roll.end_idle(now) {
                    self.end(ending.name)?;
                }
                for (server, _, directory) in roll.close_unused(now) {
                    let uses =
                        |(name, at): &(usize, usize)| NAMES[*name] == server && DIRECTORIES[*at] == directory;
                    prop_assert!(!self.inside.iter().any(uses), "somebody is in");
                    self.forgetting.push((server, directory));
                }
            }
            Doing::Ended if !self.ending.is_empty() => {
                let ended = self.ending.remove(0);
                self.forgetting.retain(|(server, _)| *server != ended);
                roll.ended(&ended);
            }
            Doing::Drain(name) => {
                self.drained.insert(*name, true);
                if let Drained::Idle(ending) = roll.drain(NAMES[*name]).map_err(|error| failed(&error))? {
                    self.end(ending.name)?;
                }
            }
            Doing::Open(name) => {
                self.drained.insert(*name, false);
                roll.open(NAMES[*name]).map_err(|error| failed(&error))?;
            }
            Doing::Forgotten(is_forgotten) if !self.forgetting.is_empty() => {
                let (server, directory) = self.forgetting.remove(0);
                roll.closed(&server, &directory, *is_forgotten, now);
            }
            Doing::Leave(_) | Doing::Ended | Doing::Forgotten(_) => {}
        }
        Ok(())
    }

    fn end(&mut self, name: String) -> Result<(), TestCaseError> {
        prop_assert!(!self.has(&name), "somebody uses it");
        prop_assert!(!self.ending.contains(&name), "it is being ended already");
        self.ending.push(name);
        Ok(())
    }
}

fn failed(error: &PoolError) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

proptest! {
    /// Nobody who is in has a server or a directory taken from under him, nobody gets into one that goes, no more run
    /// than may, and once all have left everybody gets in.
    #[test]
    fn g24_nobody_is_put_out_and_nobody_waits_for_ever(doings in prop::collection::vec(doing(), 0..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _inside = runtime.enter();
        let options = PoolOptions::default()
            .with_live_servers(LIVE)
            .with_idle_after(UNUSED)
            .with_forget_after(UNUSED);
        let mut roll = Roll::new(options);
        for name in NAMES {
            roll.put(name, SupervisorOptions::default().into(), false);
        }
        let mut world = World::default();
        let mut now = Duration::ZERO;
        for doing in &doings {
            now += Duration::from_secs(1);
            world.step(&mut roll, doing, now)?;
            let up: std::collections::BTreeSet<_> = world.inside.iter().map(|(name, _)| *name).collect();
            prop_assert!(up.len() <= LIVE, "more run than may");
            let uses: usize = roll.servers().iter().map(|server| server.uses).sum();
            prop_assert_eq!(uses, world.inside.len());
        }
        // All leave, what goes has gone, and all that is drained is opened.
        while !world.inside.is_empty() {
            world.step(&mut roll, &Doing::Leave(0), now)?;
        }
        while !(world.ending.is_empty() && world.forgetting.is_empty()) {
            world.step(&mut roll, &Doing::Ended, now)?;
            world.step(&mut roll, &Doing::Forgotten(true), now)?;
        }
        for (name, at) in NAMES.iter().enumerate() {
            world.step(&mut roll, &Doing::Open(name), now)?;
            // Room may have to be made for it, which takes one to go.
            for _ in 0..2 {
                world.step(&mut roll, &Doing::Enter(name, 0), now)?;
                world.step(&mut roll, &Doing::Ended, now)?;
            }
            prop_assert!(world.has(at), "it waits for ever");
            while !world.inside.is_empty() {
                world.step(&mut roll, &Doing::Leave(0), now)?;
            }
        }
    }
}
