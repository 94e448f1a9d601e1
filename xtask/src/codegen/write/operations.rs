//! The text of operations.

use super::super::api::Api;
use super::super::items::{Home, Item, Type};
use super::super::operation::{Answer, Operation, Parameter, Request, Scope};
use super::types::one;
use super::{head, rust};

/// The operations of one tag, each followed by the types that only it has.
pub(crate) fn file(api: &Api, module: &str, items: &[&Item]) -> String {
    let mine: Vec<_> = api.operations.iter().filter(|operation| operation.module() == module).collect();
    let tag = mine.first().map(|operation| operation.tag.as_str()).unwrap_or_default();
    let mut text = head(&format!("Operations of the tag `{tag}`."));
    let body: String = mine
        .iter()
        .filter_map(|operation| Some((operation, operation.request.as_ref().ok()?)))
        .map(|(operation, request)| format!("\n{}", operation_text(api, module, operation, request)))
        .chain(items.iter().map(|item| format!("\n{}", one(api, item))))
        .collect();
    if body.contains("types::") {
        text.push_str("\nuse crate::operations::types;\n");
    }
    text.push_str(&body);
    text
}

/// The module that has all of them.
pub(crate) fn index(api: &Api) -> String {
    let mut text = head("Every operation of the API that is a request with one answer, by its tag.");
    text.push('\n');
    for module in api.modules() {
        text.push_str(&format!("pub mod {module};\n"));
    }
    text
}

fn operation_text(api: &Api, module: &str, operation: &Operation, request: &Request) -> String {
    let home = Home::Operations(module.to_owned());
    let list = |parameters: &[Parameter], arguments: bool| -> String {
        let fields: Vec<String> = parameters
            .iter()
            .map(|parameter| {
                let type_ = rust(&api.items, &parameter.type_, &home);
                let how = match parameter.type_ {
                    _ if !arguments => "",
                    Type::Text => "into ",
                    _ => "take ",
                };
                format!("{how}{}: {type_} = {:?}", parameter.name, parameter.key)
            })
            .collect();
        fields.join(", ")
    };
    let body = |wanted: bool| match &request.body {
        Some((type_, empty)) if *empty == wanted => format!("body: {}", rust(&api.items, type_, &home)),
        _ => String::new(),
    };
    let scope = match request.scope {
        Scope::Server => "Server",
        Scope::Plain => "Directory",
        Scope::Location => "Location",
    };
    let answer = match request.answer {
        Answer::Json => format!("json: {}", rust(&api.items, &request.type_, &home)),
        Answer::Empty => "empty: ()".to_owned(),
        Answer::Text => "text: String".to_owned(),
        Answer::Bytes => "bytes: Vec<u8>".to_owned(),
    };
    let location = if request.scope == Scope::Location { "location" } else { "" };
    let refusals: Vec<String> = operation
        .refusals
        .iter()
        .flat_map(|(status, schemas)| schemas.iter().map(move |schema| format!("{status} = {schema:?}")))
        .collect();
    let mut text = "crate::operations::request::operation! {\n".to_owned();
    for line in documentation(operation) {
        text.push_str(format!("    /// {line}").trim_end());
        text.push('\n');
    }
    let nothing = request.path.is_empty() && request.required.is_empty() && body(false).is_empty();
    if nothing {
        text.push_str("    #[derive(Default)]\n");
    }
    text.push_str(&format!(
        "    {}, {:?}, {:?}, {:?}, {scope};\n    path {{{}}}\n    required {{{}}}\n    optional {{{}}}\n    \
         location {{{location}}}\n    body {{{}}}\n    default {{{}}}\n    refusals {{{}}}\n    answer {answer}\n}}\n",
        request.name,
        operation.id,
        operation.method,
        operation.path,
        list(&request.path, true),
        list(&request.required, true),
        list(&request.optional, false),
        body(false),
        body(true),
        refusals.join(", "),
    ));
    text
}

fn documentation(operation: &Operation) -> Vec<String> {
    let mut lines = vec![format!("`{} {}`: `{}`.", operation.method, operation.path, operation.id)];
    if !operation.refusals.is_empty() {
        lines.push(String::new());
        lines.push("# Errors".to_owned());
        lines.push(String::new());
        let refusals: Vec<String> = operation
            .refusals
            .iter()
            .map(|(status, schemas)| format!("{status} (`{}`)", schemas.join("`, `")))
            .collect();
        lines.push(format!("The description knows the statuses {}.", refusals.join(", ")));
    }
    lines
}
