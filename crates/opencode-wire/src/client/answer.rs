//! What an answer means: a value, or one of the ways in which a server says no.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::decode::decode;
use crate::error::{Error, ErrorKind, Inner};
use crate::unquoted::unquoted;

/// The longest part of a server's explanation that an error carries, in characters.
const MAX_MESSAGE: usize = 200;

/// An answer that was read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// Passes a success on and turns everything else into its error.
    pub(super) fn into_success(self) -> Result<Self, Error> {
        if self.status.is_success() && !is_html(&self.headers, &self.body) {
            Ok(self)
        } else {
            Err(self.refusal())
        }
    }

    /// The error that the answer stands for, if it is no success or is a web page.
    pub(super) fn refusal(&self) -> Error {
        let html = is_html(&self.headers, &self.body);
        let kind = match self.status.as_u16() {
            // A page instead of an answer proves nothing about what was asked for: it is some proxy's.
            200..=299 | 404 if html => return not_opencode(self.status),
            401 | 403 => ErrorKind::Unauthorized,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            500.. => ErrorKind::Server,
            _ => ErrorKind::BadRequest,
        };
        let (server_name, server_message) = if html { (None, None) } else { explanation(&self.body) };
        if kind == ErrorKind::Server && server_message.as_deref().is_some_and(is_lost_page) {
            return not_opencode(self.status);
        }
        let text = std::str::from_utf8(&self.body).ok();
        Error::from_inner(Inner {
            kind: Some(kind),
            message: describe(kind, self.status),
            status: Some(self.status.as_u16()),
            server_message,
            server_name,
            // It is bounded where it is read, and empty if there was more.
            server_body: text.filter(|text| !html && !text.is_empty()).map(Box::from),
            retry_after: retry_after(&self.headers),
            // A gateway says so of a server that it lost or gave up on: that one may be at work.
            ambiguous: matches!(self.status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT),
            ..Inner::default()
        })
    }

    /// Reads the body as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        decode("answer", &self.body, explain::<T>).map_err(|mut error| {
            error.inner_mut().status = Some(self.status.as_u16());
            error
        })
    }
}

/// The error for an answer that is a web page.
pub(super) fn not_opencode(status: StatusCode) -> Error {
    let mut error = Error::new(
        ErrorKind::NotOpenCode,
        "answered with a web page: is this an OpenCode server, and does it have this route?",
    );
    error.inner_mut().status = Some(status.as_u16());
    error
}

/// Whether a server has passed a route that it does not have on to the web, and could not reach it.
///
/// Servers up to 1.2 fetch the page with which newer ones answer from `app.opencode.ai`. Where that cannot be had, they
/// say so in the words of their runtime, with status 500.
fn is_lost_page(message: &str) -> bool {
    let words = [
        "Unable to connect. Is the computer able to access the url?",
        "Was there a typo in the url or port?",
    ];
    message.strip_prefix("Error: ").is_some_and(|message| words.contains(&message))
}

/// Whether an answer is a web page, by what it says and by how it begins.
pub(super) fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let begins = |prefix: &[u8]| {
        let text = body.trim_ascii_start();
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    content_type(headers).starts_with("text/html") || begins(b"<!doctype html") || begins(b"<html")
}

/// The content type, in lower case; empty if there is none.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().trim().to_ascii_lowercase()
}

fn describe(kind: ErrorKind, status: StatusCode) -> String {
    let code = status.as_u16();
    match kind {
        ErrorKind::Unauthorized if code == 401 => "the password is missing or wrong (401)".to_owned(),
        ErrorKind::Unauthorized => "access is forbidden (403)".to_owned(),
        ErrorKind::NotFound => "not found (404)".to_owned(),
        ErrorKind::Conflict => "conflict (409)".to_owned(),
        ErrorKind::Server => format!("the server failed ({code})"),
        _ if status.is_redirection() => {
            format!("answered with a redirect, which is never followed ({code})")
        }
        _ => format!("the request was refused ({code})"),
    }
}

/// The server's name for an error and its explanation.
fn explanation(body: &[u8]) -> (Option<String>, Option<String>) {
    let told = String::from_utf8_lossy(body);
    let Ok(value) = serde_json::from_str::<Value>(&told) else {
        return (None, one_line(&told));
    };
    let text = |value: &Value| value.as_str().and_then(one_line);
    if let Value::Object(_) = &value {
        let message = text(&value["data"]["message"]).or_else(|| text(&value["message"]));
        (text(&value["name"]).or_else(|| text(&value["_tag"])), message)
    } else {
        (None, text(&value))
    }
}

/// Text on one line, cut; `None` if nothing is left.
fn one_line(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= MAX_MESSAGE {
        return Some(line).filter(|line| !line.is_empty());
    }
    Some(line.chars().take(MAX_MESSAGE - 1).chain(Some('…')).collect())
}

/// Reads JSON once more, slowly, to say where it goes wrong.
fn explain<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> String {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let located = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err();
    // The path is `.` at the top, and there is none where the value is followed by something.
    let path = located.map(|located| located.path().to_string()).filter(|path| path != ".");
    let message = format!("the answer is not what was expected: {}", unquoted(&error.to_string()));
    match path {
        Some(path) => format!("{path}: {message}"),
        None => message,
    }
}

/// How long the server asks to wait: a number of seconds, or a time that is compared with the server's own clock.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let time = http_date(value)?;
    let now = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(http_date);
    let wait = time.duration_since(now.unwrap_or_else(jiff::Timestamp::now));
    Some(wait.try_into().unwrap_or_default())
}

fn http_date(text: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn answer(status: u16, content_type: &'static str, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::from(body) }
    }

    fn refused(status: u16, body: &'static str) -> Error {
        answer(status, "application/json", body).into_success().unwrap_err()
    }

    #[test]
    fn every_status_has_a_kind() {
        let kind = |status| refused(status, "{}").kind();
        assert_eq!([401, 403].map(kind), [ErrorKind::Unauthorized; 2]);
        assert_eq!([400, 402, 405, 415, 422, 429].map(kind), [ErrorKind::BadRequest; 6]);
        assert_eq!([500, 501, 502, 503, 599].map(kind), [ErrorKind::Server; 5]);
        assert_eq!([301, 302, 307, 308].map(kind), [ErrorKind::BadRequest; 4]);
        assert_eq!([404, 409].map(kind), [ErrorKind::NotFound, ErrorKind::Conflict]);
    }

    #[test]
    fn the_servers_words_are_found_in_every_shape() {
        let said = |body| {
            let error = refused(400, body);
            (error.server_name().map(str::to_owned), error.server_message().map(str::to_owned))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            said(r#"{"name":"NotFoundError","data":{"message":"a\n  at [\"x\"]"}}"#),
            (some("NotFoundError"), some("a at [\"x\"]"))
        );
        assert_eq!(
            said(r#"{"_tag":"SessionBusyError","message":"busy"}"#),
            (some("SessionBusyError"), some("busy"))
        );
        assert_eq!(said(r#"{"data":"text","message":7}"#), (None, None));
        assert_eq!(said(r#""just a string""#), (None, some("just a string")));
        assert_eq!([said("null"), said("[1]"), said(""), said("7")], [const { (None, None) }; 4]);
        assert_eq!(said(" no such thing\n"), (None, some("no such thing")));
    }

    #[test]
    fn explanations_are_cut_to_200_characters() {
        let mut long = answer(500, "text/plain", "");
        long.body = "ä".repeat(500).into();
        let message = long.into_success().unwrap_err().server_message().unwrap().to_owned();
        assert_eq!(message.chars().count(), 200);
        assert!(message.ends_with('…'));
    }

    #[test]
    fn html_is_never_an_answer_and_never_proof_of_absence() {
        let kind = |status, content_type, body| {
            answer(status, content_type, body).into_success().unwrap_err().kind()
        };
        assert_eq!(kind(200, "text/html; charset=utf-8", "x"), ErrorKind::NotOpenCode);
        assert_eq!(kind(200, "application/json", " <!DOCTYPE html>"), ErrorKind::NotOpenCode);
        assert_eq!(kind(404, "text/html", "<html>"), ErrorKind::NotOpenCode);
        assert_eq!(kind(502, "text/html", "<html>geheim"), ErrorKind::Server);
        assert_eq!(
            answer(502, "text/html", "<html>geheim").into_success().unwrap_err().server_message(),
            None
        );
    }

    /// Seen on 1.1.53 and 1.2.27, on a machine without a network.
    #[test]
    fn a_route_that_an_old_server_passes_on_in_vain_is_one_that_it_does_not_have() {
        let kind = |body| refused(500, body).kind();
        let lost = r#"{"name":"UnknownError","data":{"message":"Error: Unable to connect. Is the computer able to access the url?"}}"#;
        let typo =
            r#"{"name":"UnknownError","data":{"message":"Error: Was there a typo in the url or port?"}}"#;
        assert_eq!([lost, typo].map(kind), [ErrorKind::NotOpenCode; 2]);
        let other = r#"{"name":"UnknownError","data":{"message":"Error: Unable to connect to the model"}}"#;
        assert_eq!(kind(other), ErrorKind::Server);
    }

    #[test]
    fn decode_errors_name_the_field_and_quote_nothing() {
        #[derive(Debug, serde::Deserialize)]
        struct Outer {
            #[expect(dead_code, reason = "only its type matters")]
            list: Vec<u32>,
        }
        let failure = |body| answer(200, "application/json", body).json::<Outer>().unwrap_err().to_string();
        insta::assert_snapshot!(failure(r#"{"list":[1,"geheim"]}"#), @r#"list[1]: the answer is not what was expected: invalid type: string "…", expected u32 at line 1 column 19"#);
        insta::assert_snapshot!(failure("{}"), @"the answer is not what was expected: missing field `list` at line 1 column 2");
        insta::assert_snapshot!(failure("nope"), @"the answer is not what was expected: expected ident at line 1 column 2");
        insta::assert_snapshot!(failure(""), @"the answer is empty");
    }

    #[test]
    fn what_is_no_utf_8_is_no_answer_and_is_still_explained() {
        let mut bytes = answer(200, "application/json", "");
        bytes.body = b"\"caf\xe9\"".to_vec().into();
        let error = bytes.json::<String>().unwrap_err();
        insta::assert_snapshot!(error, @"the answer is not what was expected: it is not UTF-8");
        assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(200)));
        bytes.status = StatusCode::BAD_REQUEST;
        assert_eq!(bytes.into_success().unwrap_err().server_message(), Some("caf\u{fffd}"));
    }

    #[test]
    fn half_characters_do_not_cost_the_answer() {
        let texts: Vec<String> =
            answer(200, "application/json", r#"["a\ud83d", "\ud83e\udd80"]"#).json().unwrap();
        assert_eq!(texts, ["a\u{fffd}", "🦀"]);
    }

    #[test]
    fn retry_after_is_seconds_or_a_time_on_the_servers_clock() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, HeaderValue::from_static("Fri, 20 Nov 2026 21:57:54 GMT"));
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            retry_after(&headers)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("Fri, 20 Nov 2026 21:58:04 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(read("Fri, 20 Nov 2026 21:57:00 GMT"), Some(Duration::ZERO));
        assert_eq!([read("soon"), read("-1"), read("")], [None; 3]);
    }
}
