//! What the environment says about S3. Nothing else in this crate reads it.

#![expect(clippy::disallowed_methods, reason = "this is where the settings of S3 are read")]

use std::ffi::OsString;

use super::S3Options;
use crate::error::{Error, ErrorKind, Result};

/// Sets what is not set yet to what `lookup` finds.
pub(super) fn apply(mut options: S3Options, lookup: impl Fn(&str) -> Option<OsString>) -> Result<S3Options> {
    let find = |names: &[&str]| names.iter().find_map(|name| text(name, &lookup).transpose()).transpose();
    if options.region.is_none() {
        options.region = find(&["AWS_REGION", "AWS_DEFAULT_REGION"])?;
    }
    if options.endpoint.is_none() {
        options.endpoint = find(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])?;
    }
    if options.credentials.is_none()
        && let Some(access_key) = find(&["AWS_ACCESS_KEY_ID"])?
        && let Some(secret) = find(&["AWS_SECRET_ACCESS_KEY"])?
    {
        options = options.with_credentials(access_key, secret);
        if let Some(session_token) = find(&["AWS_SESSION_TOKEN"])? {
            options = options.with_session_token(session_token);
        }
    }
    Ok(options)
}

/// Looks into the environment of the process.
pub(super) fn process(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Blank is unset.
fn text(name: &str, lookup: &impl Fn(&str) -> Option<OsString>) -> Result<Option<String>> {
    let Some(value) = lookup(name) else { return Ok(None) };
    let value = value
        .into_string()
        .map_err(|_| Error::new(ErrorKind::InvalidConfig, format!("{name} is not valid UTF-8")))?;
    Ok(Some(value).filter(|value| !value.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const VARIABLES: [(&str, &str); 5] = [
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "geheim"),
        ("AWS_SESSION_TOKEN", "zeitweise"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", "https://s3.example.org"),
    ];

    fn lookup(name: &str) -> Option<OsString> {
        VARIABLES.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn what_is_not_set_is_looked_up() {
        let options = apply(S3Options::new("s3://bucket").unwrap(), lookup).unwrap();
        assert_eq!(options.region.as_deref(), Some("eu-central-1"));
        assert_eq!(options.endpoint.as_deref(), Some("https://s3.example.org"));
        let debug = format!("{options:?}");
        assert!(!debug.contains("geheim") && !debug.contains("zeitweise"), "{debug}");
        let credentials = options.credentials.unwrap();
        assert_eq!(credentials.access_key, "AKIA");
        assert_eq!(credentials.secret.expose_secret(), "geheim");
        assert_eq!(options.session_token.unwrap().expose_secret(), "zeitweise");
    }

    #[test]
    fn what_is_set_stays() {
        let options =
            S3Options::new("s3://bucket").unwrap().with_region("here").with_credentials("me", "mine");
        let options = apply(options, lookup).unwrap();
        assert_eq!(options.region.as_deref(), Some("here"));
        let credentials = options.credentials.unwrap();
        assert_eq!(credentials.access_key, "me");
        assert!(options.session_token.is_none(), "the token belongs to other credentials");
    }

    #[test]
    fn blank_is_unset() {
        let blank = |_: &str| Some(OsString::from(" "));
        let options = apply(S3Options::new("s3://bucket").unwrap(), blank).unwrap();
        assert!(options.region.is_none() && options.credentials.is_none());
    }
}
