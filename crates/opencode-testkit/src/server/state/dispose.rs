//! Ending an instance: its turns are aborted and its streams end.

use serde_json::json;

use super::{Session, State};
use crate::server::stream::{Scope, Subscriber};

impl State {
    /// Aborts everything that runs in a directory.
    pub(crate) fn abort_all_in(&mut self, directory: &str) {
        for session_id in self.running_in(directory) {
            self.abort(&session_id);
        }
    }

    /// The sessions of a directory in which a turn runs.
    pub(crate) fn running_in(&self, directory: &str) -> Vec<String> {
        let running = |session: &Session| session.directory == directory && session.run.is_some();
        let sessions = self.sessions.iter().filter(|(_, session)| running(session));
        let mut ids: Vec<String> = sessions.map(|(session_id, _)| session_id.clone()).collect();
        ids.sort();
        ids
    }

    /// Forgets the instance of a directory, says so and ends its streams.
    pub(crate) fn dispose(&mut self, directory: &str) {
        self.allowed.retain(|(place, _, _)| place != directory);
        self.blockers.retain(|blocker| blocker.directory != directory);
        self.emit_in(Some(directory), "server.instance.disposed", json!({"directory": directory}));
        let here = |scope: &Scope| *scope == Scope::Directory(directory.to_owned());
        self.bus.each_stream(here, Subscriber::end);
    }

    /// The directories that have an instance.
    pub(crate) fn directories(&self) -> Vec<String> {
        let mut directories: Vec<String> =
            self.sessions.values().map(|session| session.directory.clone()).collect();
        directories.push(self.options.directory.clone());
        directories.sort();
        directories.dedup();
        directories
    }
}
