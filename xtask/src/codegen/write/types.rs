//! The text of types.

use super::super::api::Api;
use super::super::items::{Field, Item, Items, Kind, Presence, Record, Type, Union};
use super::super::names::pascal;
use super::super::shared;
use super::{head, rust};

/// A file of types.
pub(crate) fn file(api: &Api, module: &str, items: &[&Item]) -> String {
    let mut text = head(&format!("Types of the API whose names begin with `{module}`."));
    for item in items {
        text.push('\n');
        text.push_str(&one(api, item));
    }
    text
}

/// The module that has all of them.
pub(crate) fn index(modules: &[String]) -> String {
    let mut text = head("Every type that a request or an answer of the API has.");
    text.push('\n');
    for module in modules {
        text.push_str(&format!("mod {module};\n"));
    }
    text.push_str(&format!("mod {};\n\n", super::streams::MODULE));
    for module in modules {
        text.push_str(&format!("pub use self::{module}::*;\n"));
    }
    for (schema, type_) in shared::all() {
        let name = pascal(schema);
        let renamed = if name == *type_ { String::new() } else { format!(" as {name}") };
        text.push_str(&format!("pub use crate::model::{type_}{renamed};\n"));
    }
    text
}

/// One type.
pub(super) fn one(api: &Api, item: &Item) -> String {
    let body = match &item.kind {
        Kind::Enum(variants) => string_enum(item, variants),
        Kind::Union(union) => variants(&api.items, item, union),
        Kind::Record(record) => fields(&api.items, item, record),
    };
    match &item.kind {
        Kind::Record(record) if api.inputs.contains(&item.name) && record.required().next().is_some() => {
            format!("{body}\n{}", maker(&api.items, item, record))
        }
        _ => body,
    }
}

fn string_enum(item: &Item, variants: &[(String, String)]) -> String {
    let mut text = format!(
        "crate::model::open_enum::open_enum! {{\n    /// `{}` of the description.\n    pub enum {} {{\n",
        item.origin, item.name
    );
    for (name, value) in variants {
        text.push_str(&format!("        /// `{value}`.\n        {name} = {value:?},\n"));
    }
    text.push_str("    }\n}\n");
    text
}

fn variants(items: &Items, item: &Item, union: &Union) -> String {
    let (kind, tag) = match &union.tag {
        Some(tag) => ("tagged", format!(" by {tag:?}")),
        None => ("untagged", String::new()),
    };
    let mut text = format!(
        "crate::operations::variants::{kind}! {{\n    /// `{}` of the description.\n    {}{tag} {{\n",
        item.origin, item.name
    );
    for variant in &union.variants {
        let type_ = rust(items, &variant.type_, &item.home);
        let value = if union.tag.is_some() { format!(" = {:?}", variant.value) } else { String::new() };
        text.push_str(&format!("        {}({type_}){value},\n", variant.name));
    }
    text.push_str("    }\n}\n");
    text
}

fn fields(items: &Items, item: &Item, record: &Record) -> String {
    let mut text =
        format!("crate::operations::record::record! {{\n    /// `{}` of the description.\n", item.origin);
    if record.required().next().is_none() && record.constants.is_empty() {
        text.push_str("    #[derive(Default)]\n");
    }
    let constants: Vec<String> =
        record.constants.iter().map(|(key, value)| format!("{key:?} = {value:?}")).collect();
    text.push_str(&format!("    {} {{\n        const {{{}}}\n", item.name, constants.join(", ")));
    for field in &record.fields {
        let kind = match field.presence {
            Presence::Required => "required",
            Presence::Optional => "optional",
            Presence::Nullable => "nullable",
            Presence::Clearable => "clearable",
        };
        let type_ = field_type(items, item, field);
        text.push_str(&format!("        {kind} {}: {type_} = {:?},\n", field.name, field.key));
    }
    text.push_str("    }\n}\n");
    text
}

fn field_type(items: &Items, item: &Item, field: &Field) -> String {
    let type_ = rust(items, &field.type_, &item.home);
    match field.presence {
        Presence::Required => type_,
        Presence::Optional | Presence::Nullable => format!("Option<{type_}>"),
        Presence::Clearable => format!("Option<Option<{type_}>>"),
    }
}

/// How a program makes a value that a request needs.
fn maker(items: &Items, item: &Item, record: &Record) -> String {
    let mut arguments = Vec::new();
    let mut text = String::new();
    for field in &record.fields {
        let type_ = field_type(items, item, field);
        let name = &field.name;
        let value = match (field.presence, &field.type_) {
            (Presence::Required, Type::Text) => {
                arguments.push(format!("{name}: impl Into<String>"));
                format!("{name}: {name}.into()")
            }
            (Presence::Required | Presence::Nullable, _) => {
                arguments.push(format!("{name}: {type_}"));
                name.clone()
            }
            _ => format!("{name}: None"),
        };
        text.push_str(&format!("            {value},\n"));
    }
    format!(
        "impl {} {{\n    /// Makes one of the fields that it cannot be without.\n    #[inline]\n    #[must_use]\n    \
         pub fn new({}) -> Self {{\n        Self {{\n{text}            extra: crate::model::Extra::default(),\n        \
         }}\n    }}\n}}\n",
        item.name,
        arguments.join(", ")
    )
}
