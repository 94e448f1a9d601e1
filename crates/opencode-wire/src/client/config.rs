//! What the environment says about the server. Nothing else in this crate reads it.

#![expect(clippy::disallowed_methods, reason = "this is where the settings of a client are read")]

use std::ffi::OsString;
use std::time::Duration;

use super::ClientBuilder;
use crate::error::{Error, ErrorKind, Result};

/// Where `opencode serve` listens unless it was told otherwise.
pub(super) const DEFAULT_BASE_URL: &str = "http://127.0.0.1:4096";

/// Applies the variables that `lookup` finds to a builder.
pub(super) fn apply(
    mut builder: ClientBuilder,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<ClientBuilder> {
    if let Some(base_url) = text("OPENCODE_BASE_URL", &lookup)? {
        builder = builder.base_url(base_url);
    }
    if let Some(username) = text("OPENCODE_SERVER_USERNAME", &lookup)? {
        builder = builder.username(username);
    }
    if let Some(password) = text("OPENCODE_SERVER_PASSWORD", &lookup)? {
        builder = builder.password(password);
    }
    if let Some(seconds) = text("OPENCODE_TIMEOUT", &lookup)? {
        builder = builder.response_timeout(Some(timeout(&seconds)?));
    }
    Ok(builder)
}

/// Looks into the environment of the process.
pub(super) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

fn text(name: &str, lookup: &impl Fn(&str) -> Option<OsString>) -> Result<Option<String>> {
    let Some(value) = lookup(name) else { return Ok(None) };
    let value = value
        .into_string()
        .map_err(|_| Error::new(ErrorKind::InvalidConfig, format!("{name} is not valid UTF-8")))?;
    Ok(Some(value).filter(|value| !value.trim().is_empty()))
}

fn timeout(seconds: &str) -> Result<Duration> {
    let parsed = seconds.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    parsed.filter(|limit| !limit.is_zero()).ok_or_else(|| {
        let message = format!("OPENCODE_TIMEOUT is not a number of seconds above zero: {seconds:?}");
        Error::new(ErrorKind::InvalidConfig, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(variables: &[(&str, &str)]) -> Result<crate::Client> {
        let lookup = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        };
        apply(ClientBuilder::default(), lookup)?.build()
    }

    #[test]
    fn every_variable_has_a_default() {
        let client = configured(&[]).unwrap();
        assert_eq!(client.base_url(), "http://127.0.0.1:4096");
        assert_eq!(client.shared.timeouts.response, Some(Duration::from_secs(120)));
        assert!(!client.shared.headers.contains_key("authorization"));
    }

    #[test]
    fn every_variable_is_used() {
        let client = configured(&[
            ("OPENCODE_BASE_URL", "http://example.org:1/oc"),
            ("OPENCODE_SERVER_USERNAME", "me"),
            ("OPENCODE_SERVER_PASSWORD", "geheim"),
            ("OPENCODE_TIMEOUT", "1.5"),
        ])
        .unwrap();
        assert_eq!(client.base_url(), "http://example.org:1");
        assert_eq!(client.shared.headers["authorization"], "Basic bWU6Z2VoZWlt");
        assert_eq!(client.shared.timeouts.response, Some(Duration::from_millis(1500)));
        assert!(!format!("{client:?}").contains("geheim"));
    }

    #[test]
    fn blank_is_unset() {
        let blank =
            ["OPENCODE_BASE_URL", "OPENCODE_SERVER_PASSWORD", "OPENCODE_TIMEOUT"].map(|name| (name, " "));
        assert!(!configured(&blank).unwrap().shared.headers.contains_key("authorization"));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let message = |name, value| configured(&[(name, value)]).unwrap_err().to_string();
        insta::assert_snapshot!(message("OPENCODE_TIMEOUT", "soon"), @r#"OPENCODE_TIMEOUT is not a number of seconds above zero: "soon""#);
        for value in ["0", "-1", "NaN", "inf"] {
            assert!(message("OPENCODE_TIMEOUT", value).starts_with("OPENCODE_TIMEOUT"), "{value}");
        }
        insta::assert_snapshot!(message("OPENCODE_BASE_URL", "nowhere"), @r#"not a base URL: "nowhere": it has no scheme: write http:// before it"#);
    }
}
