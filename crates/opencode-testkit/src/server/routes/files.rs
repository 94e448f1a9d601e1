//! `/file` and `/find`, over the files a test has put into the server.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::server::core::Core;
use crate::server::errors;
use crate::server::reply::Reply;
use crate::server::request::Request;

pub(super) fn dispatch(core: &Core, request: &Request, segments: &[&str]) -> Reply {
    let (files, own) = core.peek(|state| (state.files.clone(), state.options.directory.clone()));
    let directory = request.directory(&own);
    let asked = |name: &str| request.query.get(name).map_or("", String::as_str);
    // Like a real server: nothing outside the directory, and no friendly word about it.
    let outside = |path: &str| path.starts_with('/') || path.split('/').any(|part| part == "..");
    match segments {
        ["file"] | ["file", "content"] if outside(asked("path")) => {
            core.with(|state| errors::unexpected(&mut state.ids))
        }
        ["file"] => Reply::ok(&list(&files, &directory, asked("path"))),
        ["file", "content"] => {
            let content = files.get(asked("path").trim_start_matches("./"));
            let content = content.map_or("", String::as_str).trim_end();
            Reply::ok(&json!({"type": "text", "content": content}))
        }
        ["file", "status"] | ["find", "symbol"] => Reply::ok(&json!([])),
        ["find"] => Reply::ok(&find(&files, asked("pattern"))),
        ["find", "file"] => {
            let query = asked("query").to_lowercase();
            let found = files.keys().filter(|path| path.to_lowercase().contains(&query));
            Reply::ok(&found.cloned().map(Value::from).collect())
        }
        _ => Reply::html(),
    }
}

/// The direct children of a directory, directories first seen first.
fn list(files: &BTreeMap<String, String>, directory: &str, path: &str) -> Value {
    let path = path.trim_start_matches("./").trim_matches('/');
    let prefix = if path.is_empty() || path == "." { String::new() } else { format!("{path}/") };
    let mut nodes: BTreeMap<&str, bool> = BTreeMap::new();
    for rest in files.keys().filter_map(|file| file.strip_prefix(&prefix)) {
        match rest.split_once('/') {
            Some((folder, _)) => nodes.insert(folder, true),
            None => nodes.insert(rest, false),
        };
    }
    let node = |(name, is_folder): (&str, bool)| {
        json!({
            "name": name,
            "path": format!("{prefix}{name}{}", if is_folder { "/" } else { "" }),
            "absolute": format!("{directory}/{prefix}{name}"),
            "type": if is_folder { "directory" } else { "file" },
            "ignored": false,
        })
    };
    nodes.into_iter().map(node).collect()
}

/// The lines that contain a text. A real server takes it as a regular expression.
fn find(files: &BTreeMap<String, String>, pattern: &str) -> Value {
    let mut found = Vec::new();
    for (path, content) in files {
        let mut offset = 0;
        for (index, line) in content.split_inclusive('\n').enumerate() {
            if let (Some(start), false) = (line.find(pattern), pattern.is_empty()) {
                found.push(json!({
                    "path": {"text": path},
                    "lines": {"text": line},
                    "line_number": index + 1,
                    "absolute_offset": offset,
                    "submatches": [{"match": {"text": pattern}, "start": start, "end": start + pattern.len()}],
                }));
            }
            offset += line.len();
        }
    }
    found.into()
}
