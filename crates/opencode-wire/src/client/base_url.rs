//! Where the server is: scheme, host, and the prefix that a proxy puts before every path.

use std::fmt;
use std::path::PathBuf;

use http::Uri;
use http::uri::{Authority, Scheme};
use secrecy::SecretString;

use crate::encode::decode;
use crate::error::{Error, ErrorKind};

/// A parsed base URL, without the credentials that it may have contained.
#[derive(Clone)]
pub(super) struct BaseUrl {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    /// Empty, or starts with a slash and does not end with one.
    prefix: String,
    /// What the base URL asks for on every request, such as `auth_token=…`: never shown.
    query: Option<String>,
    /// The socket to connect to instead of the host.
    pub(super) socket: Option<PathBuf>,
}

/// What the text of a base URL says.
pub(super) struct Parsed {
    pub(super) base_url: BaseUrl,
    pub(super) username: Option<String>,
    pub(super) password: Option<SecretString>,
}

impl BaseUrl {
    /// Reads `http://`, `https://` and `unix://` addresses.
    pub(super) fn parse(text: &str) -> Result<Parsed, Error> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix://") {
            let path = decode(path).filter(|path| path.starts_with('/'));
            let path = path.ok_or_else(|| invalid(text, "a Unix socket is written unix:///absolute/path"))?;
            return Ok(Parsed { base_url: Self::unix(path.into()), username: None, password: None });
        }
        if !text.contains("://") {
            return Err(invalid(text, "it has no scheme: write http:// before it"));
        }
        let uri = text.parse::<Uri>().map_err(|source| invalid(text, "it is no URL").with_source(source))?;
        let scheme = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS => scheme.clone(),
            _ => return Err(invalid(text, "the scheme is neither http nor https nor unix")),
        };
        let authority = uri.authority().ok_or_else(|| invalid(text, "it names no host"))?;
        let (userinfo, host) = match authority.as_str().rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo), host),
            None => (None, authority.as_str()),
        };
        let authority = host
            .parse::<Authority>()
            .map_err(|source| invalid(text, "its host cannot be read").with_source(source))?;
        if !has_valid_port(&authority) {
            return Err(invalid(text, "its port is no number from 0 to 65535"));
        }
        let (username, password) =
            split_userinfo(userinfo).ok_or_else(|| invalid(text, "its user is no UTF-8"))?;
        let prefix = uri.path().trim_end_matches('/').to_owned();
        let query = uri.query().filter(|query| !query.is_empty()).map(str::to_owned);
        Ok(Parsed { base_url: Self { scheme, authority, prefix, query, socket: None }, username, password })
    }

    /// A server that listens on a Unix socket.
    pub(super) fn unix(path: PathBuf) -> Self {
        Self {
            scheme: Scheme::HTTP,
            authority: Authority::from_static("localhost"),
            prefix: String::new(),
            query: None,
            socket: Some(path),
        }
    }

    /// Whether connections need TLS.
    pub(super) fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// The address of a path and query below this one.
    pub(super) fn join(&self, path: &str, query: &str) -> Result<Uri, Error> {
        let queries: Vec<&str> = self.query.as_deref().into_iter().chain(Some(query)).collect();
        let query = queries.into_iter().filter(|query| !query.is_empty()).collect::<Vec<_>>().join("&");
        let separator = if query.is_empty() { "" } else { "?" };
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(format!("{}{path}{separator}{query}", self.prefix))
            .build()
            .map_err(|_| Error::new(ErrorKind::InvalidConfig, "the address of the request is too long"))
    }
}

/// Scheme and host only: a prefix or a query may be a secret.
impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Some(path) => write!(formatter, "unix://{}", path.display()),
            None => write!(formatter, "{}://{}", self.scheme, self.authority),
        }
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Whether what follows the host is a port; the parser of authorities takes anything.
fn has_valid_port(authority: &Authority) -> bool {
    match authority.as_str().strip_prefix(authority.host()) {
        Some("") => true,
        Some(port) => port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()),
        None => false,
    }
}

/// User and password of `user:password@`; the outer `None` means that they are no UTF-8.
fn split_userinfo(userinfo: Option<&str>) -> Option<(Option<String>, Option<SecretString>)> {
    let Some(userinfo) = userinfo else { return Some((None, None)) };
    let (username, password) = match userinfo.split_once(':') {
        Some((username, password)) => (username, Some(SecretString::from(decode(password)?))),
        None => (userinfo, None),
    };
    let username = Some(decode(username)?).filter(|username| !username.is_empty());
    Some((username, password))
}

fn invalid(text: &str, reason: &str) -> Error {
    // Everything before the last `@` may be a password, and everything after `?` a token.
    let shown = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    let shown: String = shown.split('?').next().unwrap_or_default().chars().take(80).collect();
    Error::new(ErrorKind::InvalidConfig, format!("not a base URL: {shown:?}: {reason}"))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn join(base: &str, path: &str, query: &str) -> String {
        BaseUrl::parse(base).unwrap().base_url.join(path, query).unwrap().to_string()
    }

    #[test]
    fn w33_a_prefix_and_a_query_of_the_base_url_are_kept() {
        assert_eq!(join("http://h:1", "/session", ""), "http://h:1/session");
        assert_eq!(join("http://h:1/", "/session", "limit=1"), "http://h:1/session?limit=1");
        assert_eq!(join("https://h/proxy/oc/", "/session", ""), "https://h/proxy/oc/session");
        assert_eq!(
            join("http://[::1]:4/p?auth_token=a", "/session", "limit=1"),
            "http://[::1]:4/p/session?auth_token=a&limit=1"
        );
    }

    #[test]
    fn credentials_are_taken_out_and_never_shown() {
        let parsed = BaseUrl::parse("http://me:s%40fe@h:1/p?token=hidden").unwrap();
        assert_eq!(parsed.username.as_deref(), Some("me"));
        assert_eq!(parsed.password.unwrap().expose_secret(), "s@fe");
        assert_eq!(format!("{:?}", parsed.base_url), "http://h:1");
        assert!(!parsed.base_url.join("/x", "").unwrap().to_string().contains("s%40fe"));
    }

    #[test]
    fn sockets_are_absolute_paths() {
        let socket = BaseUrl::parse("unix:///run/open%20code.sock").unwrap().base_url.socket;
        assert_eq!(socket.unwrap(), PathBuf::from("/run/open code.sock"));
        assert!(BaseUrl::parse("unix://relative.sock").is_err());
    }

    #[test]
    fn what_is_no_base_url_says_why_and_keeps_secrets() {
        let shown = |text: &str| BaseUrl::parse(text).err().unwrap().to_string();
        insta::assert_snapshot!(shown("localhost:4096"), @r#"not a base URL: "localhost:4096": it has no scheme: write http:// before it"#);
        insta::assert_snapshot!(shown("ftp://h"), @r#"not a base URL: "ftp://h": the scheme is neither http nor https nor unix"#);
        insta::assert_snapshot!(shown("http://u:geheim@h:x/?t=geheim"), @r#"not a base URL: "h:x/": its port is no number from 0 to 65535"#);
        insta::assert_snapshot!(shown("http://u:ge/heim@h"), @r#"not a base URL: "h": its port is no number from 0 to 65535"#);
        insta::assert_snapshot!(shown("unix://a"), @r#"not a base URL: "unix://a": a Unix socket is written unix:///absolute/path"#);
    }
}
