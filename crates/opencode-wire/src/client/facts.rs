//! What was learned of a server, for all clones of a client.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::api::{Capabilities, EventSource, ServerInfo, Standing};

/// What was learned of a server.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    known: Mutex<Known>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    version: Option<String>,
    /// Only if the server was asked.
    api_v2: Option<bool>,
    events: Option<EventSource>,
    numbered_events: Option<bool>,
}

impl Facts {
    /// Lets one of those who come at once ask the server.
    pub(crate) async fn asking(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.asking.lock().await
    }

    /// Everything, if the server was asked.
    pub(crate) fn info(&self) -> Option<ServerInfo> {
        self.lock().info()
    }

    /// Takes what the server has answered.
    pub(crate) fn learn(&self, version: String, api_v2: bool) -> ServerInfo {
        self.note_version(&version);
        let mut known = self.lock();
        known.api_v2 = Some(api_v2);
        let capabilities = Capabilities { api_v2, ..known.capabilities() };
        ServerInfo { standing: standing(&version), version, capabilities }
    }

    /// Takes the version. What was learned of another one is forgotten: the server was replaced.
    pub(crate) fn note_version(&self, version: &str) {
        let mut known = self.lock();
        if known.version.as_deref() == Some(version) {
            return;
        }
        let events = known.events;
        *known = Known { version: Some(version.to_owned()), events, ..Known::default() };
        drop(known);
        let standing = standing(version);
        if !standing.is_proven() {
            tracing::warn!(name: "opencode.server.unproven", version, %standing);
        }
    }

    /// Takes where events come from.
    pub(crate) fn note_events(&self, source: EventSource) {
        self.lock().events = Some(source);
    }

    /// Takes whether durable events are numbered. Numbers that rise once are numbers.
    pub(crate) fn note_numbers(&self, rise: bool) {
        let mut known = self.lock();
        known.numbered_events = Some(rise || known.numbered_events == Some(true));
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while it holds the lock.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn info(&self) -> Option<ServerInfo> {
        let version = self.version.clone()?;
        let capabilities = Capabilities { api_v2: self.api_v2?, ..self.capabilities() };
        Some(ServerInfo { standing: standing(&version), version, capabilities })
    }

    fn capabilities(&self) -> Capabilities {
        let Self { events, numbered_events, .. } = *self;
        Capabilities { events, numbered_events, ..Capabilities::default() }
    }
}

fn standing(version: &str) -> Standing {
    Standing::of(version.parse().ok())
}
