//! Gives a subject its session, as `opencode_store::session::Sessions` does.

use std::time::Duration;

use opencode_store::session::{
    MintClaim, MintEnd, MintRequest, Minted, SessionConfig, SessionPlace, SessionRecord, SessionStore as _,
    Subject,
};
use opencode_store::{Error, ErrorKind, Result};

use super::super::Sim;
use super::super::network::Trouble;
use super::super::plan::LEASE;

/// How long an attempt of somebody else is waited for before it is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How often the database is asked to bind a session that was made.
const BIND_TRIES: u32 = 5;

/// Gives the subject's session, or another in place of the generation that is gone.
pub(super) async fn ensure(sim: &Sim, subject: &Subject, gone: Option<u64>) -> Result<SessionRecord> {
    let (store, memory) = (&sim.store, &sim.store.memory);
    let fingerprint = SessionConfig::new("/srv").fingerprint(subject.agent());
    let deadline = sim.world.now() + LEASE * 3;
    loop {
        let token = format!("mint-{:016x}", sim.world.pick(0..=u64::MAX));
        let mut request = MintRequest::new(subject.clone(), fingerprint.clone(), token, LEASE);
        request.replacing = gone;
        match store.call("begin_mint", memory.begin_mint(&request)).await? {
            MintClaim::Bound(session) => return Ok(session),
            MintClaim::Taken { .. } => {
                if sim.world.now() >= deadline {
                    return Err(Error::new(ErrorKind::Unavailable, "somebody else's attempt takes too long"));
                }
                sim.world.sleep(LOOK_AGAIN).await;
            }
            MintClaim::Claimed(mint) => {
                let created = sim.request("create", |_, server| Ok(server.create_session())).await;
                let id = match created {
                    Ok(id) => id,
                    Err(trouble) => {
                        let is_unsure = trouble != Trouble::Refused;
                        let _best_effort =
                            store.call("cancel_mint", memory.cancel_mint(&mint, is_unsure)).await;
                        return Err(Error::new(ErrorKind::Upstream, "the server did not make a session"));
                    }
                };
                let place = SessionPlace::new(None, Some("/srv".to_owned()));
                let minted = Minted::new(id, fingerprint.clone(), place);
                let mut tries = 0;
                let end = loop {
                    match store.call("finish_mint", memory.finish_mint(&mint, &minted)).await {
                        Err(error) if error.kind() == ErrorKind::Unavailable && tries < BIND_TRIES => {
                            tries += 1;
                            sim.world.sleep(Duration::from_millis(50) * 2_u32.pow(tries)).await;
                        }
                        end => break end?,
                    }
                };
                if let MintEnd::Bound { session, .. } = end {
                    return Ok(session);
                }
            }
        }
    }
}
