//! The server's durable event log, from which a gap in an event stream can be filled.

use std::collections::BTreeMap;

use http::Method;

use crate::client::Client;
use crate::error::Result;
use crate::event::SyncRecord;
use crate::ids::SessionId;

impl Client {
    /// Fetches what the durable event log has after the given numbers, session by session.
    ///
    /// Sessions that are not named come in full, and those of all directories: a server with many sessions answers
    /// megabytes. Servers before 1.17 number all records 0 and cannot be asked this way.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`TooLarge`](crate::ErrorKind::TooLarge) is a real possibility here.
    ///
    /// # Cancel safety
    ///
    /// It only reads, though by `POST`, so it is not retried.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// let seen = [("ses_1".parse()?, 41)].into();
    /// for record in client.sync_history(&seen).await? {
    ///     println!("{} {} {}", record.aggregate_id, record.seq, record.type_name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn sync_history(&self, seen: &BTreeMap<SessionId, u64>) -> Result<Vec<SyncRecord>> {
        self.request(Method::POST, "/sync/history", &[]).json(seen).send_json().await
    }
}
