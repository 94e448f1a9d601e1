//! What happens to a server as such.

use serde::Deserialize;

/// The server is, or could be, of another version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct InstallationVersion {
    /// That version.
    pub version: String,
}

/// The connection to an integration has changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct IntegrationConnectionUpdated {
    /// The integration.
    #[serde(rename = "integrationID")]
    pub integration_id: String,
}

/// A tool server offers other tools now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct McpToolsChanged {
    /// The tool server's name.
    pub server: String,
}

/// A tool server wanted a browser, which could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct McpBrowserOpenFailed {
    /// The tool server's name.
    #[serde(rename = "mcpName")]
    pub mcp_name: String,
    /// What a person should open instead.
    pub url: String,
}

/// The server has forgotten what it held in memory about a directory. Running turns are aborted, and streams of that
/// directory end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct InstanceDisposed {
    /// The directory.
    pub directory: String,
}
