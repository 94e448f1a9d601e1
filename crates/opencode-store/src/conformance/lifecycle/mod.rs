//! Cases about the whole life of upstream sessions: [`Sessions`] on the store, with a server that is scripted.
//!
//! Leases in the store run on the fixture's clock. How long a call to the server may take is real time, and short
//! where a case waits for it.

mod ensuring;
mod failing;
mod flaky;
mod pooling;
mod reconciling;
mod replacing;
mod sweeping;
mod upstream;

pub use self::ensuring::*;
pub use self::failing::*;
pub use self::pooling::*;
pub use self::reconciling::*;
pub use self::replacing::*;
pub use self::sweeping::*;

use std::sync::Arc;

use self::upstream::ScriptedUpstream;
use super::Fixture;
use super::steps::{GRACE, LEASE};
use crate::session::{Ensured, SessionConfig, Sessions, Upstream};

fn config() -> SessionConfig {
    SessionConfig::new("/blue").with_title("Blue")
}

/// The server's name of a session that was ensured.
fn id(ensured: &Ensured) -> &opencode_wire::ids::SessionId {
    ensured.session.upstream_id.as_ref().expect("it is bound")
}

impl Fixture {
    /// The protocol, as one of many processes would run it.
    fn sessions(&self, process: usize, upstream: &Arc<ScriptedUpstream>) -> Sessions {
        let upstream: Arc<dyn Upstream> = Arc::<ScriptedUpstream>::clone(upstream);
        Sessions::new(self.handle(process).sessions(), upstream).with_lease(LEASE).with_grace(GRACE)
    }
}
