//! What a client has sent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Server;

/// One request, as it arrived.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// The decoded path below the server's base path; the whole path if it is not below it.
    pub path: String,
    /// The decoded query.
    pub query: BTreeMap<String, String>,
    /// Headers by lower-case name. `authorization` and `auth_token` are redacted; only their presence shows.
    pub headers: BTreeMap<String, String>,
    /// The body, if it was JSON; else `null`.
    pub body: Value,
}

impl RecordedRequest {
    /// Whether the request has this method and fits this path, in which a segment that begins with `:` stands for
    /// any one segment.
    #[must_use]
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && path_matches(path, &self.path)
    }
}

/// What happened.
impl Server {
    /// All requests so far, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.core.peek(|state| state.requests.clone())
    }

    /// The requests with this method and path; segments that begin with `:` stand for any.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # use opencode_testkit::server::Server;
    /// let server = Server::start().await;
    /// // … the client under test does its work …
    /// assert!(server.requests_to("POST", "/session/:id/prompt_async").is_empty());
    /// # }
    /// ```
    #[must_use]
    pub fn requests_to(&self, method: &str, path: &str) -> Vec<RecordedRequest> {
        self.requests().into_iter().filter(|request| request.is(method, path)).collect()
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.core.peek(|state| state.accepted)
    }

    /// How many event streams are open, frozen ones included.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.core.peek(|state| state.bus.open_streams())
    }
}

/// Whether `path` fits `pattern`.
pub(crate) fn path_matches(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || wanted.starts_with(':') => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::path_matches;

    #[test]
    fn a_colon_stands_for_one_segment() {
        assert!(path_matches("/session/:id/message", "/session/ses_1/message"));
        assert!(!path_matches("/session/:id", "/session/ses_1/message"));
        assert!(!path_matches("/session/:id/message", "/session/ses_1"));
    }
}
