//! Requests that go wrong on purpose.

use std::time::Duration;

use super::record::path_matches;

/// A disturbance of requests to one route.
///
/// Give it to [`Server::fault`](super::Server::fault). It strikes once unless told otherwise, and faults that were
/// given first strike first.
///
/// ```
/// use opencode_testkit::server::Fault;
///
/// let overloaded = Fault::on("POST", "/session/:id/prompt_async").status(503).retry_after(2).times(3);
/// let lost_answer = Fault::on("POST", "/session/:id/prompt_async").hang_up_after();
/// # let _ = (overloaded, lost_answer);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Fault {
    method: String,
    path: String,
    skip: usize,
    /// `None` for always.
    left: Option<usize>,
    pub(crate) kind: FaultKind,
    pub(crate) hold_before: Option<String>,
    pub(crate) hold_after: Option<String>,
    pub(crate) delay: Option<Duration>,
}

/// What becomes of the answer.
#[derive(Debug, Clone)]
pub(crate) enum FaultKind {
    /// It is the usual one.
    None,
    /// The request is not applied.
    Answer { status: u16, headers: Vec<(String, String)>, body: String },
    /// The request is not applied and the connection closed.
    HangUpBefore,
    /// The request is applied and the connection closed.
    HangUpAfter,
    /// The request is applied, and the answer replaced.
    Replace { status: u16, content_type: String, body: String },
    /// The request is applied, and its JSON answer padded with spaces to this many bytes.
    Pad(usize),
}

impl Fault {
    /// A fault of requests with this method and path; segments that begin with `:` stand for any. `*` as a method
    /// stands for any.
    pub fn on(method: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            skip: 0,
            left: Some(1),
            kind: FaultKind::None,
            hold_before: None,
            hold_after: None,
            delay: None,
        }
    }

    /// Answers with a status and nothing else. The request is not applied.
    pub fn status(self, status: u16) -> Self {
        self.answer(status, "")
    }

    /// Answers with a status and a body, HTML if it begins with `<`, else JSON. The request is not applied.
    pub fn answer(mut self, status: u16, body: impl Into<String>) -> Self {
        let body = body.into();
        let content_type = if body.starts_with('<') { "text/html" } else { "application/json" };
        let headers = if body.is_empty() {
            Vec::new()
        } else {
            vec![("content-type".to_owned(), content_type.to_owned())]
        };
        self.kind = FaultKind::Answer { status, headers, body };
        self
    }

    /// Adds a header to the answer of [`status`](Self::status) or [`answer`](Self::answer).
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let FaultKind::Answer { headers, .. } = &mut self.kind {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// Adds `Retry-After` to the answer, in seconds.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("retry-after", seconds.to_string())
    }

    /// Closes the connection without an answer. The request is not applied.
    pub fn hang_up(mut self) -> Self {
        self.kind = FaultKind::HangUpBefore;
        self
    }

    /// Applies the request, then closes the connection without an answer.
    pub fn hang_up_after(mut self) -> Self {
        self.kind = FaultKind::HangUpAfter;
        self
    }

    /// Applies the request and answers 200 `text/html`, as OpenCode does for routes it does not know.
    pub fn html(mut self) -> Self {
        self.kind = FaultKind::Replace {
            status: 200,
            content_type: "text/html".to_owned(),
            body: "<!doctype html><title>OpenCode</title>".to_owned(),
        };
        self
    }

    /// Applies the request and answers 200 with JSON that breaks off.
    pub fn invalid_json(mut self) -> Self {
        self.kind = FaultKind::Replace {
            status: 200,
            content_type: "application/json".to_owned(),
            body: "{\"id\":\"ses_".to_owned(),
        };
        self
    }

    /// Applies the request and pads the answer with spaces to at least `bytes`.
    pub fn oversized(mut self, bytes: usize) -> Self {
        self.kind = FaultKind::Pad(bytes);
        self
    }

    /// Applies the request and withholds the answer until [`Server::release`](super::Server::release)`(name)`.
    pub fn hold(mut self, name: impl Into<String>) -> Self {
        self.hold_after = Some(name.into());
        self
    }

    /// Withholds the request itself: it is applied after [`Server::release`](super::Server::release)`(name)`.
    pub fn hold_before(mut self, name: impl Into<String>) -> Self {
        self.hold_before = Some(name.into());
        self
    }

    /// Waits before the answer, on tokio's clock.
    pub fn delay(mut self, duration: Duration) -> Self {
        self.delay = Some(duration);
        self
    }

    /// Strikes this many times.
    pub fn times(mut self, times: usize) -> Self {
        self.left = Some(times);
        self
    }

    /// Strikes every time.
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    /// Spares the first `requests` requests.
    pub fn after(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }
}

/// The fault that strikes this request, if any.
pub(crate) fn strike(faults: &mut Vec<Fault>, method: &str, path: &str) -> Option<Fault> {
    let fits =
        |fault: &Fault| (fault.method == "*" || fault.method == method) && path_matches(&fault.path, path);
    let mut struck = None;
    for fault in faults.iter_mut().filter(|fault| fits(fault)) {
        if fault.skip > 0 {
            fault.skip -= 1;
            continue;
        }
        if let Some(left) = &mut fault.left {
            if *left == 0 {
                continue;
            }
            *left -= 1;
        }
        struck = Some(fault.clone());
        break;
    }
    faults.retain(|fault| fault.left != Some(0));
    struck
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_spares_strikes_and_goes() {
        let mut faults = vec![Fault::on("GET", "/session/:id").status(503).after(1).times(2)];
        let mut strikes = || strike(&mut faults, "GET", "/session/ses_1").is_some();
        assert_eq!([strikes(), strikes(), strikes(), strikes()], [false, true, true, false]);
        assert!(faults.is_empty());
    }
}
