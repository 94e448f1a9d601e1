//! Where a description comes from: what is committed, a file, a version that is installed and asked, or a server.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use opencode_testkit::real::{self, RealError, RealServer};

use super::document::Document;
use super::request::Address;
use crate::npm;

/// Where a description is to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The one of this repository.
    Committed,
    /// What `GET /doc` has answered once.
    File(PathBuf),
    /// A release, such as `1.18.33`.
    Version(String),
    /// The newest release.
    Newest,
    /// A running server, by its base URL.
    Server(String),
}

impl Source {
    /// What a person means by a word: `committed`, a URL, a version, or a file.
    pub(super) fn parse(text: &str) -> Self {
        let is_version = |text: &str| {
            text.split('.').count() == 3
                && text.starts_with(|first: char| first.is_ascii_digit())
                && !text.contains('/')
        };
        match text {
            "committed" => Self::Committed,
            _ if text.contains("://") => Self::Server(text.to_owned()),
            _ if Path::new(text).is_file() => Self::File(text.into()),
            _ if is_version(text) => Self::Version(text.to_owned()),
            _ => Self::File(text.into()),
        }
    }

    /// Gets the description; says how that was done, in words that tell nothing of this machine.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be read.
    pub(super) async fn get(&self, root: &Path) -> Result<(Document, String)> {
        match self {
            Self::Committed => Ok((Document::load(root)?, "as committed".to_owned())),
            Self::File(file) => {
                let text = fs::read_to_string(file);
                let text = text.with_context(|| format!("cannot read {}", file.display()))?;
                Ok((Document::parse(&text)?, "a file".to_owned()))
            }
            Self::Server(url) => {
                let address = Address::parse(url)?;
                let version = address.version().await?;
                let document = Document::parse(&address.description().await?)?;
                Ok((document.with_version(&version), "GET /doc of a running server".to_owned()))
            }
            Self::Version(version) => released(version).await,
            Self::Newest => released(&npm::newest_server()?).await,
        }
    }
}

/// Installs a release, starts it in a home of its own, and asks it.
async fn released(version: &str) -> Result<(Document, String)> {
    let say = |phase| eprintln!("{phase}");
    let binary = real::install(version, say).await.map_err(with_output)?;
    let server = RealServer::builder().binary(binary).on_phase(say).start().await.map_err(with_output)?;
    let text = Address::with_password(server.url(), server.password())?.description().await;
    server.terminate().await;
    let document = Document::parse(&text?)?.with_version(server.version());
    Ok((document, format!("GET /doc of opencode-ai@{version} from npm")))
}

/// What the server or npm printed belongs to the reason.
fn with_output(error: RealError) -> anyhow::Error {
    match error.output().map(str::trim).filter(|output| !output.is_empty()) {
        Some(output) => anyhow!("{error}\n{output}"),
        None => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_server_a_version_or_a_file() {
        assert_eq!(Source::parse("committed"), Source::Committed);
        assert_eq!(Source::parse("1.17.0"), Source::Version("1.17.0".to_owned()));
        assert_eq!(Source::parse("1.19.0-beta.2"), Source::File("1.19.0-beta.2".into()));
        assert_eq!(Source::parse("http://h:1"), Source::Server("http://h:1".to_owned()));
        assert_eq!(Source::parse("a/doc.json"), Source::File("a/doc.json".into()));
        assert_eq!(Source::parse("Cargo.toml"), Source::File("Cargo.toml".into()));
    }
}
