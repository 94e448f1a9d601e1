//! What a server that listens somewhere says of itself: `GET /doc`, and which version it is.

#![expect(clippy::disallowed_methods, reason = "the password is where the client looks for it too")]

use std::env;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// The user that a server expects unless it was told another one.
const USERNAME: &str = "opencode";

/// How long a server may take to describe itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// More than any description has, in bytes.
const LIMIT: usize = 64 << 20;

/// A server, and who is asking.
pub(super) struct Address {
    /// Without a slash at the end.
    base: String,
    authorization: Option<String>,
}

impl Address {
    /// Reads a base URL; what it does not say of user and password comes from the environment, as it does for the client.
    ///
    /// # Errors
    ///
    /// When it is no URL of plain HTTP.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let variable = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
        Self::read(url, variable("OPENCODE_SERVER_USERNAME"), variable("OPENCODE_SERVER_PASSWORD"))
    }

    /// A server whose password is known.
    ///
    /// # Errors
    ///
    /// When it is no URL of plain HTTP.
    pub(super) fn with_password(url: &str, password: Option<&str>) -> Result<Self> {
        Self::read(url, None, password.map(str::to_owned))
    }

    fn read(url: &str, username: Option<String>, password: Option<String>) -> Result<Self> {
        // What was given is not repeated, because it may hold a password.
        let Some(rest) = url.trim().strip_prefix("http://") else {
            bail!(
                "the server's URL does not begin with http://; forward a port of this machine to one that does"
            );
        };
        let (userinfo, host) = match rest.rsplit_once('@') {
            Some((userinfo, host)) => (userinfo, host),
            None => ("", rest),
        };
        let (own_username, own_password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        let given = |own: &str, other: Option<String>| match own {
            "" => Ok(other),
            own => decode(own).map(Some).context("user or password in the server's URL cannot be read"),
        };
        let username = given(own_username, username)?.unwrap_or_else(|| USERNAME.to_owned());
        let password = given(own_password, password)?;
        let base = host.split('?').next().unwrap_or_default().trim_end_matches('/');
        let base = format!("http://{base}");
        ensure!(base.parse::<Uri>().is_ok_and(|uri| uri.host().is_some()), "the server's URL cannot be read");
        let authorization =
            password.map(|password| format!("Basic {}", STANDARD.encode(format!("{username}:{password}"))));
        Ok(Self { base, authorization })
    }

    /// Asks for the description.
    ///
    /// # Errors
    ///
    /// When none comes back within a minute.
    pub(super) async fn description(&self) -> Result<String> {
        self.get("/doc").await
    }

    /// Asks for the version of the server.
    ///
    /// # Errors
    ///
    /// When it does not come back within a minute.
    pub(super) async fn version(&self) -> Result<String> {
        let health: Value = serde_json::from_str(&self.get("/global/health").await?)
            .context("what answers is not an OpenCode server")?;
        let version = health["version"].as_str().map(str::to_owned);
        version.context("the server does not say which version it is")
    }

    async fn get(&self, path: &str) -> Result<String> {
        let uri = format!("{}{path}", self.base);
        let mut request = Request::get(&uri);
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Empty::<Bytes>::new())?;
        let exchange = async {
            let answer = Client::builder(TokioExecutor::new()).build_http().request(request).await?;
            let status = answer.status();
            ensure!(status != StatusCode::UNAUTHORIZED, "the password is missing or wrong (401)");
            ensure!(status == StatusCode::OK, "answered {status}");
            let body = Limited::new(answer.into_body(), LIMIT).collect().await;
            let body = body.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
            Ok(String::from_utf8(body.to_vec())?)
        };
        let answer = tokio::time::timeout(PATIENCE, exchange).await.context("no answer within a minute");
        answer.and_then(|answer| answer).with_context(|| format!("GET {uri}"))
    }
}

/// Undoes the escapes of a URL.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str, password: Option<&str>) -> Result<(String, Option<String>)> {
        let address = Address::read(url, None, password.map(str::to_owned))?;
        let plain = address.authorization.map(|value| {
            let encoded = value.strip_prefix("Basic ").unwrap().to_owned();
            String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
        });
        Ok((address.base, plain))
    }

    #[test]
    fn user_and_password_are_those_of_the_url_before_those_of_the_environment() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read("http://h:1", None).unwrap(), ("http://h:1".to_owned(), None));
        assert_eq!(
            read("http://h/p/?a=b", Some("s")).unwrap(),
            ("http://h/p".to_owned(), some("opencode:s"))
        );
        assert_eq!(read("http://me:s%40fe@h", Some("s")).unwrap().1, some("me:s@fe"));
        assert_eq!(read("http://me@h", Some("s")).unwrap().1, some("me:s"));
    }

    #[test]
    fn what_cannot_be_asked_is_refused_without_being_repeated() {
        for url in ["https://u:geheim@h", "http://u:geheim%zz@h", "http://u:geheim@", "h:1"] {
            let error = read(url, None).unwrap_err();
            assert!(!format!("{error:#}").contains("geheim"), "{error:#}");
        }
    }
}
