//! What agents ask people.

use http::Method;
use serde_json::json;

use crate::client::Client;
use crate::error::Result;
use crate::ids::QuestionId;
use crate::model::QuestionRequest;

/// The questions of the client's directory; made by [`Client::questions`].
#[derive(Debug, Clone)]
pub struct Questions {
    client: Client,
}

impl Client {
    /// The questions of the client's directory.
    #[must_use]
    pub fn questions(&self) -> Questions {
        Questions { client: self.clone() }
    }
}

impl Questions {
    /// Lists the requests that wait for an answer.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn list(&self) -> Result<Vec<QuestionRequest>> {
        self.client.request(Method::GET, "/question", &[]).send_json().await
    }

    /// Answers a request: for each of its questions, in order, the labels that were chosen.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`NotFound`](crate::ErrorKind::NotFound) when it was answered already.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have been answered.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// for request in client.questions().list().await? {
    ///     // The first option of each question.
    ///     let answers: Vec<Vec<String>> = request
    ///         .questions
    ///         .iter()
    ///         .map(|question| question.options.iter().take(1).map(|option| option.label.clone()).collect())
    ///         .collect();
    ///     client.questions().reply(&request.id, &answers).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reply(&self, question_id: &QuestionId, answers: &[Vec<String>]) -> Result<()> {
        self.client
            .request(Method::POST, "/question/:question_id/reply", &[question_id.as_str()])
            .json(&json!({ "answers": answers }))
            .send_empty()
            .await
    }

    /// Refuses to answer, which ends the turn.
    ///
    /// # Errors
    ///
    /// As for [`reply`](Self::reply).
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have been refused.
    pub async fn reject(&self, question_id: &QuestionId) -> Result<()> {
        self.client
            .request(Method::POST, "/question/:question_id/reject", &[question_id.as_str()])
            .send_empty()
            .await
    }
}
