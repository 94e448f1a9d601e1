//! The text of what the tests need to know of each operation: how it is made of samples, and how it decodes.

use super::super::api::Api;
use super::super::items::Type;
use super::super::operation::{Answer, Parameter, Request, Scope};
use super::head;

/// A function for each operation, and the list of them.
pub(crate) fn file(api: &Api) -> String {
    let mut text = head("Every operation, made of samples.");
    text.push_str(
        "\nuse opencode_wire::operations::*;\n\nuse super::case::{Case, bytes, empty, json, text};\n",
    );
    text.push_str("\n/// All of them, sorted by tag and id.\n");
    text.push_str("pub(super) fn all() -> Vec<Case> {\n    vec![\n");
    for operation in &api.operations {
        let Ok(request) = &operation.request else { continue };
        let kind = match request.answer {
            Answer::Json => "json",
            Answer::Empty => "empty",
            Answer::Text => "text",
            Answer::Bytes => "bytes",
        };
        let type_ = format!("{}::{}", operation.module(), request.name);
        let making = making(&type_, request);
        let sample = if making.contains("sample") { "sample" } else { "_" };
        text.push_str(&format!("        {kind}::<{type_}>(|{sample}| {making}),\n"));
    }
    text.push_str("    ]\n}\n");
    text
}

fn making(type_: &str, request: &Request) -> String {
    let mut arguments: Vec<String> =
        request.path.iter().map(|one| format!("sample.path{}({:?})", hint(one), one.key)).collect();
    arguments.extend(request.required.iter().map(query));
    let mut later = String::new();
    for one in &request.optional {
        later.push_str(&format!(" operation.{} = sample.optional({:?});", one.name, one.key));
    }
    match request.body {
        Some((_, true)) => later.push_str(" operation.body = sample.body();"),
        Some((_, false)) => arguments.push("sample.body()".to_owned()),
        None => {}
    }
    if request.scope == Scope::Location {
        later.push_str(" operation.location = sample.location();");
    }
    if later.is_empty() {
        return format!("{type_}::new({})", arguments.join(", "));
    }
    format!("{{ let mut operation = {type_}::new({});{later} operation }}", arguments.join(", "))
}

fn query(one: &Parameter) -> String {
    format!("sample.query{}({:?})", hint(one), one.key)
}

/// The type, where the operation takes everything that becomes it.
fn hint(one: &Parameter) -> &'static str {
    if one.type_ == Type::Text { "::<String>" } else { "" }
}
