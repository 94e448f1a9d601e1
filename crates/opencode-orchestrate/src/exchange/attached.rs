//! Files that calls of tools have returned, such as pictures.

use std::borrow::Cow;

use bytes::Bytes;
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::model::{FilePart, PartKind, ToolPart, ToolStatus};
use opencode_wire::reply::Reply;

use super::changes::calls;
use super::data_url;
use super::dropped::DropReason;
use super::fields::Fields;
use super::path;

/// A file that a call has returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attachment<'a> {
    /// A name without folders: its own, or one by its number.
    pub(crate) name: String,
    /// The session whose agent called the tool.
    pub(crate) session_id: &'a SessionId,
    /// The message with the call.
    pub(crate) message_id: &'a MessageId,
    url: Cow<'a, str>,
}

impl Attachment<'_> {
    /// What is in it, decoded no further than `limit` bytes.
    pub(crate) fn bytes(&self, limit: u64) -> Result<Bytes, DropReason> {
        data_url::decode(&self.url, limit)
    }
}

/// The files that completed calls of a turn have returned, in the order in which the calls ended; of sub-agents too.
/// Those of `read` are what the agent has looked at, and not among them.
pub(crate) fn attachments(reply: &Reply) -> Vec<Attachment<'_>> {
    let mut attachments = Vec::new();
    let mut nameless = 0_usize;
    for part in calls(reply) {
        for file in part.tool().map(returned_by).unwrap_or_default() {
            let own_name = file.name.as_deref().map(path::name).map(str::trim);
            let name = match own_name.filter(|name| !matches!(*name, "" | "..")) {
                Some(name) => name.to_owned(),
                None => {
                    nameless += 1;
                    format!("attachment-{nameless}.{}", extension(&file.mime))
                }
            };
            let (session_id, message_id) = (&part.part.session_id, &part.part.message_id);
            attachments.push(Attachment { name, session_id, message_id, url: file.url });
        }
    }
    attachments
}

struct Returned<'a> {
    name: Option<Cow<'a, str>>,
    mime: Cow<'a, str>,
    url: Cow<'a, str>,
}

fn returned_by(call: &ToolPart) -> Vec<Returned<'_>> {
    if call.state.status != ToolStatus::Completed || call.tool == "read" {
        return Vec::new();
    }
    let parts = call.state.attachments.iter().flatten();
    let files: Vec<_> = parts
        .filter_map(|part| match &part.kind {
            PartKind::File(FilePart { mime, filename, url, .. }) => Some(Returned {
                name: filename.as_deref().map(Cow::from),
                mime: mime.into(),
                url: url.into(),
            }),
            _ => None,
        })
        .collect();
    if files.is_empty() { contents_of(call) } else { files }
}

/// The same as the V2 runtime says it: among what the model was given.
fn contents_of(call: &ToolPart) -> Vec<Returned<'static>> {
    let Some(content) = call.state.extra.get("content") else { return Vec::new() };
    let files =
        Fields::list_of(content).into_iter().filter(|item| item.text(&["type"]).as_deref() == Some("file"));
    files
        .filter_map(|file| {
            Some(Returned {
                name: file.string("name").map(Cow::from),
                mime: file.string("mime").unwrap_or_default().into(),
                url: file.string("uri")?.into(),
            })
        })
        .collect()
}

/// What the name of a nameless file ends with.
fn extension(mime: &str) -> &'static str {
    let essence = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/avif" => "avif",
        "image/bmp" => "bmp",
        "image/tiff" => "tiff",
        "image/svg+xml" => "svg",
        _ => "bin",
    }
}
