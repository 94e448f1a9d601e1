//! Assertions about what a client has done. Each says what was seen instead.

use super::Server;

const STREAMS: [&str; 2] = ["/event", "/global/event"];
const PROMPTS: [&str; 2] = ["/session/:id/prompt_async", "/session/:id/message"];

/// What a client must, and must not, have done.
///
/// # Examples
///
/// ```
/// use opencode_testkit::server::Server;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(async {
/// let server = Server::start().await;
/// // Here the code under test would do its work.
/// server.assert_requests("POST", "/session", 0);
/// server.assert_prompts(0);
/// # });
/// ```
impl Server {
    /// Asserts how many requests with this method and path came (segments that begin with `:` stand for any).
    ///
    /// # Panics
    ///
    /// When another number came: with a list of all requests.
    #[track_caller]
    pub fn assert_requests(&self, method: &str, path: &str, count: usize) {
        let found = self.requests_to(method, path).len();
        assert!(
            found == count,
            "{count} requests {method} {path} expected, {found} came:\n{}",
            self.listed()
        );
    }

    /// Asserts how many prompts were posted, by whichever route.
    ///
    /// # Panics
    ///
    /// When another number was: with a list of all requests.
    #[track_caller]
    pub fn assert_prompts(&self, count: usize) {
        let found: usize = PROMPTS.iter().map(|path| self.requests_to("POST", path).len()).sum();
        assert!(found == count, "{count} prompts expected, {found} came:\n{}", self.listed());
    }

    /// Asserts that a client listened before it prompted: the first event stream was opened before the first prompt
    /// came.
    ///
    /// # Panics
    ///
    /// When a prompt came first, or no stream was opened: with a list of all requests.
    #[track_caller]
    pub fn assert_listened_first(&self) {
        let requests = self.requests();
        let stream = requests.iter().position(|request| STREAMS.contains(&request.path.as_str()));
        let prompt = requests.iter().position(|request| PROMPTS.iter().any(|path| request.is("POST", path)));
        let is_right = stream.is_some_and(|stream| prompt.is_none_or(|prompt| stream < prompt));
        assert!(is_right, "an event stream was expected before the first prompt:\n{}", self.listed());
    }

    fn listed(&self) -> String {
        let lines =
            self.requests().into_iter().map(|request| format!("  {} {}\n", request.method, request.path));
        lines.collect()
    }
}
