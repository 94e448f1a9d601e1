//! Who is in a pool, who is let in, and who is ended: every decision, and no IO.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::directories::Directories;
use super::evict::{Standing, idle, least_recently_used};
use super::member::{Ending, Member, Phase, PooledServer};
use super::{PoolError, PoolOptions, ServerSource};

/// Makes a server for a name that the pool has none for.
pub(super) type MakeSource = Arc<dyn Fn(&str) -> Option<ServerSource> + Send + Sync>;

/// Who is in a pool. Instants are durations since an origin that never goes back.
pub(super) struct Roll {
    options: PoolOptions,
    members: BTreeMap<String, Member>,
    make: Option<MakeSource>,
    /// How many have come, which tells their order.
    arrivals: usize,
    /// Whether nobody is let in any more.
    is_shut: bool,
}

/// What somebody gets who wants to use a server.
pub(super) enum Entered {
    /// It may be used.
    In(ServerSource),
    /// Not now: something has to change first.
    Wait,
    /// The same, and this one is to be ended, which makes room.
    MakeRoom(Ending),
}

impl Roll {
    pub(super) fn new(options: PoolOptions) -> Self {
        Self { options, members: BTreeMap::new(), make: None, arrivals: 0, is_shut: false }
    }

    pub(super) fn set_options(&mut self, options: PoolOptions) {
        self.options = options;
    }

    pub(super) const fn options(&self) -> PoolOptions {
        self.options
    }

    pub(super) fn set_make(&mut self, make: MakeSource) {
        self.make = Some(make);
    }

    /// Puts a server in, in place of one with that name if there is one.
    pub(super) fn put(&mut self, name: &str, source: ServerSource, is_made: bool) {
        let phase = if source.is_local() { Phase::Down } else { Phase::Up };
        let limit = self.options.turns_per_server.min(Semaphore::MAX_PERMITS);
        // Whoever waits for a place on the one before waits for one on this.
        let places = self.members.remove(name).map(|member| member.places);
        let member = Member {
            source,
            places: places.unwrap_or_else(|| Arc::new(Semaphore::new(limit))),
            phase,
            uses: 0,
            used_at: Duration::ZERO,
            is_drained: false,
            is_made,
            directories: Directories::default(),
            arrival: self.arrivals,
        };
        self.arrivals += 1;
        self.members.insert(name.to_owned(), member);
    }

    /// Lets nobody in any more, wherever.
    pub(super) const fn shut(&mut self) {
        self.is_shut = true;
    }

    /// Whether this process starts and ends any of them.
    pub(super) fn has_local(&self) -> bool {
        self.members.values().any(|member| member.source.is_local())
    }

    /// Sees to it that there is a server of that name, if one can be made, and gives its places for turns.
    pub(super) fn find(&mut self, name: &str) -> Result<Arc<Semaphore>, PoolError> {
        if self.is_shut {
            return Err(PoolError::ShutDown);
        }
        if !self.members.contains_key(name)
            && let Some(source) = self.make.clone().and_then(|make| make(name))
        {
            self.put(name, source, true);
        }
        Ok(Arc::clone(&self.member(name)?.places))
    }

    fn member(&mut self, name: &str) -> Result<&mut Member, PoolError> {
        self.members.get_mut(name).ok_or_else(|| PoolError::Unknown { name: name.to_owned() })
    }

    /// Lets somebody in, if that can be now.
    pub(super) fn enter(
        &mut self,
        name: &str,
        directory: Option<&str>,
        now: Duration,
    ) -> Result<Entered, PoolError> {
        self.find(name)?;
        let has_room = self.live() < self.options.live_servers;
        let member = self.member(name)?;
        if member.is_drained || member.phase == Phase::GoingDown {
            return Ok(Entered::Wait);
        }
        if member.phase == Phase::Down && !has_room {
            let victim = least_recently_used(&self.standings()).map(str::to_owned);
            return Ok(victim.and_then(|name| self.end(&name)).map_or(Entered::Wait, Entered::MakeRoom));
        }
        if let Some(directory) = directory
            && !member.directories.enter(directory, now)
        {
            return Ok(Entered::Wait);
        }
        member.phase = Phase::Up;
        member.uses += 1;
        member.used_at = now;
        Ok(Entered::In(member.source.clone()))
    }

    /// Notes that somebody is out again.
    pub(super) fn leave(&mut self, name: &str, directory: Option<&str>, now: Duration) {
        let Some(member) = self.members.get_mut(name) else { return };
        member.uses = member.uses.saturating_sub(1);
        member.used_at = now;
        if let Some(directory) = directory {
            member.directories.leave(directory, now);
        }
    }

    /// How many local servers run.
    fn live(&self) -> usize {
        self.members.values().filter(|member| member.is_live()).count()
    }

    fn standings(&self) -> Vec<Standing<'_>> {
        let up = self.members.iter().filter(|(_, member)| member.is_live() && member.phase == Phase::Up);
        up.map(|(name, member)| Standing { name, uses: member.uses, used_at: member.used_at }).collect()
    }

    /// Begins to end a server that nobody uses.
    fn end(&mut self, name: &str) -> Option<Ending> {
        let member = self.members.get_mut(name)?;
        if member.uses > 0 || member.phase != Phase::Up || !member.source.is_local() {
            return None;
        }
        member.phase = Phase::GoingDown;
        Some(Ending { name: name.to_owned(), source: member.source.clone() })
    }

    /// Begins to end those that nobody has used for long.
    pub(super) fn end_idle(&mut self, now: Duration) -> Vec<Ending> {
        let standings = self.standings();
        let names: Vec<String> = idle(&standings, self.options.idle_after, now).map(str::to_owned).collect();
        names.iter().filter_map(|name| self.end(name)).collect()
    }

    /// Notes that a server has ended.
    pub(super) fn ended(&mut self, name: &str) {
        let Some(member) = self.members.get_mut(name) else { return };
        member.phase = Phase::Down;
        member.directories.clear();
        if member.is_made && !member.is_drained {
            self.members.remove(name);
        }
    }

    /// Lets nobody in any more. Whether somebody is in still; else, what is to be ended.
    pub(super) fn drain(&mut self, name: &str) -> Result<Drained, PoolError> {
        let member = self.member(name)?;
        member.is_drained = true;
        if member.uses > 0 || member.phase == Phase::GoingDown {
            return Ok(Drained::NotYet);
        }
        Ok(self.end(name).map_or(Drained::Done, Drained::Idle))
    }

    /// Lets people in again.
    pub(super) fn open(&mut self, name: &str) -> Result<(), PoolError> {
        self.member(name)?.is_drained = false;
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.members.remove(name);
    }

    /// The server for a new session: that with the fewest uses, and among those the one that came first.
    pub(super) fn least_used(&self) -> Option<&str> {
        let open = self.members.iter().filter(|(_, member)| !member.is_drained && !member.is_made);
        let (name, _) = open.min_by_key(|(_, member)| (member.uses, member.arrival))?;
        Some(name)
    }

    /// The clients of those that are there.
    pub(super) fn clients(&self) -> Vec<opencode_wire::Client> {
        self.members.values().filter_map(|member| member.source.client()).collect()
    }

    /// The directories that local servers are to forget.
    pub(super) fn close_unused(&mut self, now: Duration) -> Vec<(String, ServerSource, String)> {
        let after = self.options.forget_after;
        let mut found = Vec::new();
        for (name, member) in &mut self.members {
            if member.source.is_local() && member.phase == Phase::Up {
                let unused = member.directories.close_unused(after, now).into_iter();
                found.extend(unused.map(|directory| (name.clone(), member.source.clone(), directory)));
            }
        }
        found
    }

    /// Notes that a directory was forgotten, or was not.
    pub(super) fn closed(&mut self, name: &str, directory: &str, is_forgotten: bool, now: Duration) {
        if let Some(member) = self.members.get_mut(name) {
            member.directories.closed(directory, is_forgotten, now);
        }
    }

    pub(super) fn servers(&self) -> Vec<PooledServer> {
        let servers = self.members.iter().map(|(name, member)| PooledServer {
            name: name.clone(),
            is_local: member.source.is_local(),
            is_up: member.source.client().is_some(),
            is_drained: member.is_drained,
            uses: member.uses,
            directories: member.directories.len(),
        });
        servers.collect()
    }
}

/// What came of draining a server.
pub(super) enum Drained {
    /// Somebody uses it still, or it is being ended.
    NotYet,
    /// Nobody uses it, and it is to be ended.
    Idle(Ending),
    /// Nobody uses it, and nothing runs here.
    Done,
}
