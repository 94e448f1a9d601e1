//! Which requests are tried again, and when.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use http::{Method, StatusCode};

use crate::error::{Error, ErrorKind};

/// How often and how soon a request that changes nothing is tried again.
///
/// Only `GET` and `HEAD` are ever repeated, and only when no connection could be made, the connection broke, or the
/// answer was 429, 502, 503 or 504. A prompt, like every `POST`, `PATCH` and `DELETE`, is sent once, whatever happens.
/// Time limits are not retried either: they mean what they say. Event streams are left to whoever follows them.
///
/// # Examples
///
/// ```
/// use opencode_wire::client::RetryPolicy;
///
/// let patient = RetryPolicy::default().with_tries(6);
/// let strict = RetryPolicy::never();
/// assert_eq!(strict.tries, 1);
/// # assert_eq!(patient.tries, 6);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Tries in all, the first one included. 3 unless set; 0 counts as 1.
    pub tries: usize,
    /// The wait before the second try; it doubles from try to try. 200 milliseconds unless set.
    pub min_delay: Duration,
    /// The longest wait that the client chooses itself. 5 seconds unless set.
    pub max_delay: Duration,
    /// The longest wait that a server may ask for in `Retry-After`. 30 seconds unless set.
    ///
    /// When it asks for more the error is returned at once, with
    /// [`retry_after`](crate::Error::retry_after): asking sooner than told would be rude, and waiting in here
    /// would look like a hang.
    pub max_retry_after: Duration,
    /// Whether a random share is added to each wait that the client chooses, so that many clients do not come back
    /// in step. `true` unless set.
    pub jitter: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 3,
            min_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(5),
            max_retry_after: Duration::from_secs(30),
            jitter: true,
        }
    }
}

impl RetryPolicy {
    /// Every request is tried once.
    #[must_use]
    pub fn never() -> Self {
        Self { tries: 1, ..Self::default() }
    }

    /// Sets the number of tries, the first one included.
    #[must_use]
    pub fn with_tries(mut self, tries: usize) -> Self {
        self.tries = tries;
        self
    }

    /// Sets the shortest and the longest wait that the client chooses itself.
    #[must_use]
    pub fn with_delays(mut self, min: Duration, max: Duration) -> Self {
        (self.min_delay, self.max_delay) = (min, max);
        self
    }

    /// Sets the longest wait that a server may ask for.
    #[must_use]
    pub fn with_max_retry_after(mut self, limit: Duration) -> Self {
        self.max_retry_after = limit;
        self
    }

    /// Sets whether a random share is added to each wait.
    #[must_use]
    pub fn with_jitter(mut self, jitter: bool) -> Self {
        self.jitter = jitter;
        self
    }

    /// The waits of one request.
    pub(super) fn schedule(&self, method: &Method) -> Schedule {
        let repeatable = *method == Method::GET || *method == Method::HEAD;
        let builder = ExponentialBuilder::new()
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .with_max_times(if repeatable { self.tries.saturating_sub(1) } else { 0 });
        let builder = if self.jitter { builder.with_jitter() } else { builder };
        Schedule { delays: Box::new(builder.build()), max_retry_after: self.max_retry_after }
    }
}

/// The waits that one request has left.
pub(super) struct Schedule {
    delays: Box<dyn Iterator<Item = Duration> + Send>,
    max_retry_after: Duration,
}

impl Schedule {
    /// How long to wait before the next try; `None` if the error is final.
    pub(super) fn next_delay(&mut self, error: &Error) -> Option<Duration> {
        let passing = match error.status() {
            Some(status) => is_passing(status),
            None => error.kind() == ErrorKind::Connect,
        };
        if !passing {
            return None;
        }
        let own = self.delays.next()?;
        match error.retry_after() {
            Some(asked) if asked > self.max_retry_after => None,
            Some(asked) => Some(asked),
            None => Some(own),
        }
    }
}

fn is_passing(status: u16) -> bool {
    [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ]
    .iter()
    .any(|passing| passing.as_u16() == status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(policy: RetryPolicy, method: &Method, error: &Error) -> Vec<Duration> {
        let mut schedule = policy.schedule(method);
        std::iter::from_fn(|| schedule.next_delay(error)).take(20).collect()
    }

    fn answered(status: u16, retry_after: Option<u64>) -> Error {
        let mut error = Error::new(ErrorKind::Server, "scripted");
        error.inner_mut().status = Some(status);
        error.inner_mut().retry_after = retry_after.map(Duration::from_secs);
        error
    }

    #[test]
    fn waits_double_up_to_the_limit() {
        let policy = RetryPolicy::default()
            .with_tries(5)
            .with_jitter(false)
            .with_delays(Duration::from_millis(200), Duration::from_millis(500));
        let refused = Error::new(ErrorKind::Connect, "scripted");
        let waits: Vec<u128> =
            delays(policy, &Method::GET, &refused).iter().map(Duration::as_millis).collect();
        assert_eq!(waits, [200, 400, 500, 500]);
    }

    #[test]
    fn what_changes_something_is_never_repeated() {
        let refused = Error::new(ErrorKind::Connect, "scripted");
        for method in [Method::POST, Method::PATCH, Method::PUT, Method::DELETE] {
            assert!(delays(RetryPolicy::default(), &method, &refused).is_empty(), "{method}");
        }
        assert_eq!(delays(RetryPolicy::default(), &Method::HEAD, &refused).len(), 2);
        assert!(delays(RetryPolicy::never(), &Method::GET, &refused).is_empty());
    }

    #[test]
    fn only_passing_failures_are_repeated() {
        let count = |error: &Error| delays(RetryPolicy::default(), &Method::GET, error).len();
        assert_eq!([429, 502, 503, 504].map(|status| count(&answered(status, None))), [2; 4]);
        assert_eq!([400, 401, 404, 409, 500, 501].map(|status| count(&answered(status, None))), [0; 6]);
        assert_eq!(count(&Error::new(ErrorKind::Timeout, "scripted")), 0);
    }

    #[test]
    fn the_server_decides_how_long_unless_it_asks_too_much() {
        let asked = delays(RetryPolicy::default(), &Method::GET, &answered(503, Some(7)));
        assert_eq!(asked, [Duration::from_secs(7); 2]);
        assert!(delays(RetryPolicy::default(), &Method::GET, &answered(503, Some(31))).is_empty());
    }
}
