//! The agents that can answer.

use http::Method;

use crate::client::Client;
use crate::error::Result;
use crate::model::object::object;
use crate::model::{Json, ModelRef, PermissionRule};

object! {
    /// An agent: a way of answering, with its own instructions, tools and permissions.
    pub struct Agent {
        /// What it is called by.
        name: String = "name",
        /// What it is good for.
        description: Option<String> = "description",
        /// `primary`, `subagent` or `all`.
        mode: String = "mode",
        /// Whether it comes with the server.
        native: Option<bool> = "native",
        /// Whether people are not shown it.
        hidden: Option<bool> = "hidden",
        /// How random its answers are.
        temperature: Option<f64> = "temperature",
        /// The share of likely words that it chooses from.
        top_p: Option<f64> = "topP",
        /// The colour that it is shown in.
        color: Option<String> = "color",
        /// What it may do; the last rule that matches wins.
        permission: Vec<PermissionRule> = "permission",
        /// The model that it asks for.
        model: Option<ModelRef> = "model",
        /// The variant of the model.
        variant: Option<String> = "variant",
        /// Its instructions.
        prompt: Option<String> = "prompt",
        /// What it tells the provider besides.
        options: Option<Json> = "options",
    }
}

impl Client {
    /// Lists the agents of the client's directory.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// let primary: Vec<_> = client.agents().await?.into_iter().filter(|agent| agent.mode == "primary").collect();
    /// # Ok(())
    /// # }
    /// ```
    pub async fn agents(&self) -> Result<Vec<Agent>> {
        self.request(Method::GET, "/agent", &[]).send_json().await
    }
}
