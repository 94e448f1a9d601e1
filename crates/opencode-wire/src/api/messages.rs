//! The messages of a session: sending prompts, reading what was said.

use std::fmt;

use futures_core::Stream;
use http::Method;

use super::{Prompt, SessionHandle};
use crate::error::Result;
use crate::ids::{MessageId, PartId};
use crate::model::StoredMessage;

const PROMPT_ASYNC: &str = "/session/:session_id/prompt_async";
const MESSAGES: &str = "/session/:session_id/message";
const MESSAGE: &str = "/session/:session_id/message/:message_id";
const PART: &str = "/session/:session_id/message/:message_id/part/:part_id";

impl SessionHandle {
    /// Posts a prompt and returns when the server has accepted it, which says nothing about its answer.
    ///
    /// The request is sent once, whatever happens. A busy session accepts it too: it then answers only the newest of
    /// the prompts that wait.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says. When the error [is ambiguous](crate::Error::is_ambiguous) the prompt may
    /// be running: look for its [`message_id`](Prompt::message_id) instead of sending it again.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the prompt may be running.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(session: opencode_wire::api::SessionHandle) -> opencode_wire::Result<()> {
    /// use opencode_wire::api::Prompt;
    ///
    /// let prompt = Prompt::from("Explain monads.").with_message_id("msg_1fb1e2e3d001abc".parse()?);
    /// session.send_prompt_async(&prompt).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send_prompt_async(&self, prompt: &Prompt) -> Result<()> {
        self.request(Method::POST, PROMPT_ASYNC, &[]).json(prompt).send_empty().await
    }

    /// Posts a prompt and returns the last message of its answer when the turn has ended, however long it takes.
    ///
    /// A turn that failed or was aborted is no error here: the message says so in
    /// [`error`](crate::model::Message::error). The answer of a large turn may never arrive whole (then the error is a
    /// [`Timeout`](crate::ErrorKind::Timeout)), so programs do better with
    /// [`send_prompt_async`](Self::send_prompt_async).
    ///
    /// # Errors
    ///
    /// As for [`send_prompt_async`](Self::send_prompt_async).
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the turn goes on.
    pub async fn send_prompt(&self, prompt: &Prompt) -> Result<StoredMessage> {
        self.request(Method::POST, MESSAGES, &[]).response_timeout(None).json(prompt).send_json().await
    }

    /// Fetches one page of messages: the newest ones, or those before a cursor.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`BadRequest`](crate::ErrorKind::BadRequest) for a cursor that the server
    /// did not make, and where a prompt of the page had a [`format`](Prompt::format).
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(session: opencode_wire::api::SessionHandle) -> opencode_wire::Result<()> {
    /// use opencode_wire::api::ListMessages;
    ///
    /// let newest = session.list_messages(&ListMessages::default().with_limit(20)).await?;
    /// if let Some(before) = newest.next {
    ///     let older = session.list_messages(&ListMessages::default().with_limit(20).with_before(before)).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn list_messages(&self, options: &ListMessages) -> Result<MessagePage> {
        let request = self
            .request(Method::GET, MESSAGES, &[])
            .query_opt("limit", options.limit)
            .query_opt("before", options.before.as_ref());
        let (messages, headers) = request.send_json_with_headers().await?;
        let next = headers.get("x-next-cursor").and_then(|value| value.to_str().ok());
        Ok(MessagePage { messages, next: next.filter(|text| !text.is_empty()).map(MessageCursor::from) })
    }

    /// Walks back through the messages, a page at a time, from the newest page to the oldest.
    ///
    /// The stream ends after the first error.
    ///
    /// # Cancel safety
    ///
    /// It only reads; dropping the stream is fine at any time.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(session: opencode_wire::api::SessionHandle) -> opencode_wire::Result<()> {
    /// use futures_util::TryStreamExt as _;
    ///
    /// let mut pages = std::pin::pin!(session.message_pages(100));
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} messages", page.messages.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn message_pages(&self, limit: u32) -> impl Stream<Item = Result<MessagePage>> + Send + use<> {
        let first = ListMessages { limit: Some(limit), before: None };
        futures_util::stream::try_unfold((self.clone(), Some(first)), |(session, options)| async move {
            let Some(mut options) = options else { return Ok(None) };
            let page = session.list_messages(&options).await?;
            // A server that gives the same cursor again would be asked for ever.
            let more = page.next.is_some() && page.next != options.before;
            options.before.clone_from(&page.next);
            Ok(Some((page, (session, more.then_some(options)))))
        })
    }

    /// Fetches one message with its parts.
    ///
    /// While a turn runs, the text of its unfinished parts is empty here: it is stored when a part ends.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn message(&self, message_id: &MessageId) -> Result<StoredMessage> {
        self.request(Method::GET, MESSAGE, &[message_id.as_str()]).send_json().await
    }

    /// Deletes one message with its parts.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`Conflict`](crate::ErrorKind::Conflict) while the session is busy.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have been deleted.
    pub async fn delete_message(&self, message_id: &MessageId) -> Result<()> {
        self.request(Method::DELETE, MESSAGE, &[message_id.as_str()]).send_empty().await
    }

    /// Deletes one part of a message.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have been deleted.
    pub async fn delete_part(&self, message_id: &MessageId, part_id: &PartId) -> Result<()> {
        self.request(Method::DELETE, PART, &[message_id.as_str(), part_id.as_str()]).send_empty().await
    }
}

/// Which messages to fetch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListMessages {
    /// At most this many; all of them if unset or 0.
    pub limit: Option<u32>,
    /// Only those before this point. Servers refuse it without a limit.
    pub before: Option<MessageCursor>,
}

impl ListMessages {
    /// Sets how many to fetch at most.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Leaves out this point and everything after it; to be used with a limit.
    #[must_use]
    pub fn with_before(mut self, before: MessageCursor) -> Self {
        self.before = Some(before);
        self
    }
}

/// A page of messages.
#[derive(Debug, Clone, PartialEq)]
pub struct MessagePage {
    /// The messages, from the oldest to the newest of the page.
    pub messages: Vec<StoredMessage>,
    /// Where the page before it ends; `None` if there is none.
    pub next: Option<MessageCursor>,
}

/// A point in a session's messages, in the server's own notation. A message id is none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageCursor(Box<str>);

impl MessageCursor {
    /// The cursor as text, to be kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for MessageCursor {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for MessageCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
