//! Who the client says it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::{Error, ErrorKind};

/// The user that `opencode serve` expects unless it was told another one.
pub(super) const DEFAULT_USERNAME: &str = "opencode";

/// The value of the `Authorization` header, marked sensitive: neither `Debug` nor HTTP/2 tables show it.
pub(super) fn basic(username: Option<&str>, password: &SecretString) -> Result<HeaderValue, Error> {
    let username = username.unwrap_or(DEFAULT_USERNAME);
    if username.contains(':') {
        return Err(Error::new(ErrorKind::InvalidConfig, "the user name contains a colon"));
    }
    let encoded = STANDARD.encode(format!("{username}:{}", password.expose_secret()));
    let mut value = HeaderValue::try_from(format!("Basic {encoded}"))
        .map_err(|_| Error::new(ErrorKind::InvalidConfig, "the password cannot be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A password, unless it is blank: a blank one means that the server has none.
pub(super) fn non_blank(password: SecretString) -> Option<SecretString> {
    (!password.expose_secret().trim().is_empty()).then_some(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_basic_and_sensitive() {
        let value = basic(None, &SecretString::from("geheim")).unwrap();
        assert_eq!(value.to_str().unwrap(), "Basic b3BlbmNvZGU6Z2VoZWlt");
        assert_eq!(format!("{value:?}"), "Sensitive");
    }

    #[test]
    fn a_colon_would_end_the_user_name() {
        let error = basic(Some("a:b"), &SecretString::from("geheim")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(!format!("{error:?}").contains("geheim"));
    }
}
