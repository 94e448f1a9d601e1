//! The files of a directory, as the server sees them.

use http::Method;

use crate::client::Client;
use crate::error::Result;
use crate::model::object::object;
use crate::model::{Count, Json};

/// The files of the client's directory; made by [`Client::files`].
#[derive(Debug, Clone)]
pub struct Files {
    client: Client,
}

impl Client {
    /// The files of the client's directory.
    #[must_use]
    pub fn files(&self) -> Files {
        Files { client: self.clone() }
    }
}

impl Files {
    /// Lists a folder; `.` is the directory itself.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`Server`](crate::ErrorKind::Server) for a path outside the directory.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn list(&self, path: &str) -> Result<Vec<FileNode>> {
        self.client.request(Method::GET, "/file", &[]).query("path", path).send_json().await
    }

    /// Reads a file. One that does not exist reads as an empty text.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`Server`](crate::ErrorKind::Server) for a path outside the directory.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// let readme = client.files().read("README.md").await?;
    /// println!("{}", readme.content);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read(&self, path: &str) -> Result<FileContent> {
        self.client.request(Method::GET, "/file/content", &[]).query("path", path).send_json().await
    }

    /// Lists the files that differ from what version control has.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn status(&self) -> Result<Vec<FileChange>> {
        self.client.request(Method::GET, "/file/status", &[]).send_json().await
    }
}

object! {
    /// A file or a folder.
    pub struct FileNode {
        /// Its name.
        name: String = "name",
        /// Its path below the directory; ends with a slash for a folder.
        path: String = "path",
        /// Its path in the server's file system.
        absolute: String = "absolute",
        /// `file` or `directory`.
        kind: String = "type",
        /// Whether version control ignores it.
        ignored: bool = "ignored",
    }
}

object! {
    /// The content of a file.
    pub struct FileContent {
        /// `text` or `binary`.
        kind: String = "type",
        /// The text, or the bytes as [`encoding`](Self::encoding) says.
        content: String = "content",
        /// How bytes are written: `base64`.
        encoding: Option<String> = "encoding",
        /// The content type of a binary file.
        mime_type: Option<String> = "mimeType",
        /// What changed since the last commit, as a unified diff.
        diff: Option<String> = "diff",
        /// What changed since the last commit, in pieces.
        patch: Option<Json> = "patch",
    }
}

object! {
    /// A file that differs from what version control has.
    pub struct FileChange {
        /// Its path below the directory.
        path: String = "path",
        /// Lines added.
        added: Count = "added",
        /// Lines removed.
        removed: Count = "removed",
        /// `added`, `deleted` or `modified`.
        status: String = "status",
    }
}
