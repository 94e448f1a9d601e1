//! From an HTTP request to an answer: record, authorize, disturb, route.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::core::Core;
use super::errors;
use super::fault::{Fault, FaultKind, strike};
use super::gate::hold;
use super::options::Password;
use super::reply::Reply;
use super::request::Request;
use super::routes;
use super::state::State;

/// The connection shall close without an answer.
#[derive(Debug, thiserror::Error)]
#[error("hung up by the script")]
pub(crate) struct HangUp;

/// Answers a request.
pub(crate) async fn handle(core: &Arc<Core>, request: Request) -> Result<Reply, HangUp> {
    let (fault, deaf) = core.with(|state| {
        let record = request.record();
        let fault = strike(&mut state.faults, &record.method, &record.path);
        state.requests.push(record);
        (fault, state.bus.deaf_streams())
    });
    let reply = match fault {
        None => apply(core, &request).await,
        Some(fault) => disturbed(core, &request, fault).await?,
    };
    // Looked up when the request came: an answer tells nothing to a stream that was greeted after that.
    if !deaf.is_empty() && !reply.is_stream() {
        core.with(|state| state.bus.listen(&deaf));
    }
    Ok(reply)
}

/// Answers a request as far as a fault lets it.
async fn disturbed(core: &Arc<Core>, request: &Request, fault: Fault) -> Result<Reply, HangUp> {
    if let Some(gate) = &fault.hold_before {
        hold(core, gate).await;
    }
    if let Some(duration) = fault.delay {
        tokio::time::sleep(duration).await;
    }
    let reply = match fault.kind {
        FaultKind::HangUpBefore => return Err(HangUp),
        FaultKind::Answer { status, headers, body } => {
            let mut reply =
                if body.is_empty() { Reply::empty(status) } else { Reply::text(status, "", body) };
            reply.headers = headers;
            reply
        }
        kind => {
            let reply = apply(core, request).await;
            match kind {
                FaultKind::HangUpAfter => return Err(HangUp),
                FaultKind::Replace { status, content_type, body } => Reply::text(status, &content_type, body),
                FaultKind::Pad(bytes) => reply.padded(bytes),
                _ => reply,
            }
        }
    };
    if let Some(gate) = &fault.hold_after {
        hold(core, gate).await;
    }
    Ok(reply)
}

async fn apply(core: &Arc<Core>, request: &Request) -> Reply {
    if !core.peek(|state| is_authorized(state, request)) {
        return errors::unauthorized();
    }
    routes::dispatch(core, request).await
}

/// Basic auth, or the same in `?auth_token=`. The user is always `opencode`.
fn is_authorized(state: &State, request: &Request) -> bool {
    let Some(Password(password)) = &state.options.password else { return true };
    let wanted = STANDARD.encode(format!("opencode:{password}"));
    let by_header = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    by_header == Some(wanted.as_str()) || request.query.get("auth_token") == Some(&wanted)
}
