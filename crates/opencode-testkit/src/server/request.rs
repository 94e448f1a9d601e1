//! Requests, as routes see them.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;
use serde_json::Value;

use super::connection::Flushes;
use super::record::RecordedRequest;
use super::text::{decode, normalize_directory, parse_query};

/// A request with its body read and its path split.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Below the base path; `None` when it is not below it.
    pub(crate) path: Option<String>,
    raw_path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The flush counter of the connection it came on.
    pub(crate) flushes: Flushes,
}

impl Request {
    pub(crate) fn new(parts: Parts, body: Bytes, base_path: &str, flushes: Flushes) -> Self {
        let raw_path = parts.uri.path().to_owned();
        let below = raw_path.strip_prefix(base_path).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        Self {
            method: parts.method.to_string(),
            path: below.map(str::to_owned),
            query: parse_query(parts.uri.query().unwrap_or_default()),
            headers: parts.headers,
            raw_path,
            body,
            flushes,
        }
    }

    /// The decoded segments of the path.
    pub(crate) fn segments(&self) -> Vec<String> {
        let path = self.path.as_deref().unwrap_or_default();
        path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The directory a request is about: query, else header, else the server's own.
    pub(crate) fn directory(&self, own: &str) -> String {
        let header = || self.header("x-opencode-directory").map(decode);
        let asked = self.query.get("directory").cloned().or_else(header);
        normalize_directory(asked.as_deref().filter(|directory| !directory.is_empty()).unwrap_or(own))
    }

    /// What a test sees of it.
    pub(crate) fn record(&self) -> RecordedRequest {
        let hidden = || "<redacted>".to_owned();
        let mut query = self.query.clone();
        query.entry("auth_token".to_owned()).and_modify(|value| *value = hidden());
        let headers = self.headers.iter().map(|(name, value)| {
            let value = match name.as_str() {
                "authorization" | "cookie" => hidden(),
                _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            };
            (name.to_string(), value)
        });
        RecordedRequest {
            method: self.method.clone(),
            path: decode(self.path.as_deref().unwrap_or(&self.raw_path)),
            query,
            headers: headers.collect(),
            body: serde_json::from_slice(&self.body).unwrap_or(Value::Null),
        }
    }
}
