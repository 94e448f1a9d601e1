//! The text of the one type that stands for every refusal.

use super::super::api::Api;
use super::super::items::{Home, Kind, Type};
use super::{head, rust};

/// The module of the type, beside those of schemas.
pub(crate) const MODULE: &str = "refusal";

/// The enum, and which of its schemas are told by a text of their own.
pub(crate) fn file(api: &Api) -> String {
    let mut text = head("What the server says when it refuses.");
    text.push_str(
        "\ncrate::operations::refusal::refusals! {\n    /// What the server says when it refuses: the body of an answer \
         that is no good one.\n    ///\n    /// [`Operation::refusal`](crate::operations::Operation::refusal) reads it.\n    \
         Refusal {\n",
    );
    let home = Home::Types(MODULE.to_owned());
    for (schema, type_) in &api.refusals {
        let Type::Named(name) = type_ else { continue };
        text.push_str(&format!("        {name}({}) = {schema:?},\n", rust(&api.items, type_, &home)));
    }
    let told = |type_: &Type| match type_ {
        Type::Named(name) => match api.items.get(name).map(|item| &item.kind) {
            Some(Kind::Record(record)) => !record.constants.is_empty(),
            _ => false,
        },
        _ => false,
    };
    let told: Vec<String> = api
        .refusals
        .iter()
        .filter(|(_, type_)| told(type_))
        .map(|(schema, _)| format!("{schema:?}"))
        .collect();
    text.push_str(&format!("    }}\n    told {{{}}}\n}}\n", told.join(", ")));
    text
}
