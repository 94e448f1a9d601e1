//! Searching a directory.

use http::Method;

use crate::client::Client;
use crate::error::Result;
use crate::model::object::{Field, object};
use crate::model::{Count, Json};

/// Searches in the client's directory; made by [`Client::find`].
#[derive(Debug, Clone)]
pub struct Find {
    client: Client,
}

impl Client {
    /// Searches in the client's directory.
    #[must_use]
    pub fn find(&self) -> Find {
        Find { client: self.clone() }
    }
}

impl Find {
    /// Finds lines by a regular expression, in the files that version control does not ignore.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`Server`](crate::ErrorKind::Server) where the server lacks ripgrep.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn text(&self, pattern: &str) -> Result<Vec<TextMatch>> {
        self.client.request(Method::GET, "/find", &[]).query("pattern", pattern).send_json().await
    }

    /// Finds files by a part of their path, the best match first.
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
    /// use opencode_wire::api::FindFiles;
    ///
    /// let paths = client.find().files(&FindFiles::new("main").with_limit(5)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn files(&self, options: &FindFiles) -> Result<Vec<String>> {
        self.client
            .request(Method::GET, "/find/file", &[])
            .query("query", &options.query)
            .query_opt("type", options.kind.as_deref())
            .query_opt("limit", options.limit)
            .send_json()
            .await
    }

    /// Finds symbols by a part of their name, through the language servers that run.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn symbols(&self, query: &str) -> Result<Vec<Symbol>> {
        self.client.request(Method::GET, "/find/symbol", &[]).query("query", query).send_json().await
    }
}

/// Which files to find.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FindFiles {
    /// A part of the path.
    pub query: String,
    /// Only `file` or only `directory`; both unless set.
    pub kind: Option<String>,
    /// At most this many.
    pub limit: Option<u32>,
}

impl FindFiles {
    /// Files and folders by a part of their path.
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), ..Self::default() }
    }

    /// Finds only `file` or only `directory`.
    #[must_use]
    pub fn with_kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Sets how many to find at most.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }
}

object! {
    /// A line that was found.
    pub struct TextMatch {
        /// The file.
        path: MatchText = "path",
        /// The line, or the lines.
        lines: MatchText = "lines",
        /// The number of the first line, from 1.
        line_number: Count = "line_number",
        /// Where it starts in the file, in bytes.
        absolute_offset: Count = "absolute_offset",
        /// What matched in it.
        submatches: Vec<Submatch> = "submatches",
    }
}

object! {
    /// Text of a match.
    #[derive(Default)]
    pub struct MatchText {
        /// The text.
        text: String = "text",
    }
}

object! {
    /// What matched in a line.
    pub struct Submatch {
        /// The text that matched.
        matched: MatchText = "match",
        /// Where it starts in the line, in bytes.
        start: Count = "start",
        /// Where it ends in the line, in bytes.
        end: Count = "end",
    }
}

object! {
    /// A symbol that a language server knows.
    pub struct Symbol {
        /// Its name.
        name: String = "name",
        /// What it is, in the numbers of the language server protocol.
        kind: Count = "kind",
        /// Where it is: address of the file and range.
        location: Json = "location",
    }
}

impl Field for MatchText {
    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}
