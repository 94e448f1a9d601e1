//! Providers and their models, and the configuration that names them.

use std::collections::BTreeMap;
use std::fmt;

use http::Method;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Result;
use crate::model::Json;
use crate::model::object::object;

impl Client {
    /// Lists all providers that the server knows, and which of them can be used.
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
    /// let catalog = client.providers().await?;
    /// for provider in catalog.all.iter().filter(|provider| catalog.connected.contains(&provider.id)) {
    ///     println!("{}: {} models", provider.name, provider.models.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn providers(&self) -> Result<ProviderCatalog> {
        self.request(Method::GET, "/provider", &[]).send_json().await
    }

    /// Lists the providers that are configured for the client's directory.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn config_providers(&self) -> Result<ConfiguredProviders> {
        self.request(Method::GET, "/config/providers", &[]).send_json().await
    }

    /// Fetches the configuration of the client's directory, as the server merged it. It may contain keys.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn config(&self) -> Result<Json> {
        self.request(Method::GET, "/config", &[]).send_json().await
    }
}

object! {
    /// All providers that the server knows.
    pub struct ProviderCatalog {
        /// The providers.
        all: Vec<Provider> = "all",
        /// The model that each provider is used with unless one is named.
        default: BTreeMap<String, String> = "default",
        /// The ids of those that can be used.
        connected: Vec<String> = "connected",
    }
}

object! {
    /// The providers that are configured.
    pub struct ConfiguredProviders {
        /// The providers.
        providers: Vec<Provider> = "providers",
        /// The model that each provider is used with unless one is named.
        default: BTreeMap<String, String> = "default",
    }
}

object! {
    /// A provider of models.
    pub struct Provider {
        /// What it is called by.
        id: String = "id",
        /// What people call it.
        name: String = "name",
        /// Where it comes from: `env`, `config`, `custom` or `api`.
        source: Option<String> = "source",
        /// The environment variables that may hold its key.
        env: Vec<String> = "env",
        /// Its key.
        api_key: Option<PrivateJson> = "key",
        /// What it is configured with, which may contain keys.
        options: Option<PrivateJson> = "options",
        /// Its models, by id.
        models: BTreeMap<String, Model> = "models",
    }
}

/// A value that may be a secret: kept and written back as it came, and hidden from `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PrivateJson(Json);

impl PrivateJson {
    /// Gives the value away. From here on it is the caller's to keep.
    #[must_use]
    pub fn expose(&self) -> &Json {
        &self.0
    }
}

impl fmt::Debug for PrivateJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateJson(…)")
    }
}

object! {
    /// A model of a provider.
    pub struct Model {
        /// What it is called by.
        id: String = "id",
        /// What people call it.
        name: String = "name",
        /// Whether it is tried out or on its way out: `alpha`, `beta`, `deprecated` or `active`.
        status: Option<String> = "status",
        /// What it can take and give.
        capabilities: Option<Json> = "capabilities",
        /// What it costs, per million tokens.
        cost: Option<Json> = "cost",
        /// How much it can read and write, in tokens.
        limit: Option<Json> = "limit",
        /// Its variants, such as reasoning efforts.
        variants: Option<Json> = "variants",
    }
}
