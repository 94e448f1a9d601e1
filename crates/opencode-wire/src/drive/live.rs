//! A prompt whose events are heard, and that was not posted yet.

use super::Turn;
use super::driver::Driver;
use crate::Result;
use crate::ids::MessageId;

/// A prompt whose events are heard, and that was not posted yet.
///
/// See [`PromptBuilder::live`](super::PromptBuilder::live). Dropping it leaves nothing behind.
#[must_use = "nothing is posted until it is started"]
pub struct LivePrompt {
    driver: Driver,
}

impl LivePrompt {
    pub(super) fn new(driver: Driver) -> Self {
        Self { driver }
    }

    /// The id that the prompt's message will have.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        self.driver.follower.reply().message_id()
    }

    /// Posts the prompt, or begins to follow one that was posted before. Returns when the server has accepted it, or
    /// when it is unknown whether it has.
    ///
    /// # Errors
    ///
    /// When the server refuses the prompt. Then nothing was posted.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may happen before or after the prompt was posted; its message id tells.
    pub async fn start(mut self) -> Result<Turn> {
        self.driver.begin().await?;
        Ok(Turn::new(self.driver))
    }
}

impl std::fmt::Debug for LivePrompt {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LivePrompt").field("message_id", self.message_id()).finish_non_exhaustive()
    }
}
