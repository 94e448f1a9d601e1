//! The text of the calls that any server can be asked without harm.

use super::super::api::Api;
use super::super::operation::{Answer, Operation};
use super::head;

/// What is not asked though it needs nothing, and why.
const NOT_ASKED: &[(&str, &str)] =
    &[("tui.control.next", "answers once a terminal interface is told something")];

/// A function that asks all of them, one after the other.
pub(crate) fn file(api: &Api) -> String {
    let mut text = head("Every `GET` that needs nothing, asked of a server.");
    text.push_str("\nuse opencode_wire::operations::*;\nuse opencode_wire::{Client, Error};\n\n");
    text.push_str("/// What became of each of them.\n");
    text.push_str(
        "pub(super) async fn ask_all(client: &Client) -> Vec<(&'static str, Result<(), Error>)> {\n",
    );
    text.push_str("    let mut answers = Vec::new();\n");
    for operation in api.operations.iter().filter(|operation| is_asked(operation)) {
        if let Ok(request) = &operation.request {
            text.push_str(&format!(
                "    answers.push(({:?}, Box::pin(client.call(&{}::{}::new())).await.map(drop)));\n",
                operation.id,
                operation.module(),
                request.name
            ));
        }
    }
    text.push_str("    answers\n}\n");
    text
}

/// Whether any server can be asked: a `GET` that needs nothing and answers at once.
pub(super) fn is_asked(operation: &Operation) -> bool {
    let waits = NOT_ASKED.iter().any(|(id, _)| *id == operation.id);
    let needs_nothing = operation.request.as_ref().is_ok_and(|request| {
        request.path.is_empty() && request.required.is_empty() && request.answer != Answer::Bytes
    });
    operation.method == "GET" && needs_nothing && !waits
}
