//! Small descriptions, and what is made of them.

use anyhow::Result;
use serde_json::{Value, json};

use super::fixups::Fixups;
use super::items::{Home, Items, Kind, Presence, Type};
use super::operation::{Operation, Scope};
use super::place::Place;
use super::shape::Shapes;
use crate::spec::document::Document;

/// What a schema becomes beside others that have names.
fn shape(schemas: &Value, schema: &Value) -> Result<(Type, Items)> {
    let document = Document::of(json!({"components": {"schemas": schemas}}));
    let mut fixups = Fixups::none();
    let mut shapes = Shapes::new(&document, &mut fixups);
    let place = Place { name: "A".to_owned(), home: Home::Types("a".to_owned()), origin: "A".to_owned() };
    let type_ = shapes.shape(schema, &place)?.into_type();
    let mut items = shapes.items;
    items.break_cycles();
    Ok((type_, items))
}

fn plain(schema: &Value) -> Type {
    shape(&json!({}), schema).unwrap().0
}

#[test]
fn what_is_committed_is_what_the_description_says() {
    assert_eq!(super::first_difference(&crate::workspace::root()).unwrap(), None);
}

#[test]
fn plain_types_are_what_their_bounds_and_patterns_say() {
    assert_eq!(plain(&json!({"type": "integer", "minimum": 0})), Type::Unsigned);
    assert_eq!(plain(&json!({"type": "integer", "minimum": -1})), Type::Signed);
    assert_eq!(plain(&json!({"type": "string", "pattern": "^ses"})), Type::Id("SessionId"));
    assert_eq!(plain(&json!({"type": "string", "pattern": "^#"})), Type::Text);
    assert_eq!(plain(&json!({"type": "object"})), Type::Json);
    assert_eq!(
        plain(&json!({"anyOf": [{"type": "number"}, {"type": "string", "enum": ["NaN"]}]})),
        Type::Number
    );
    let nullable = json!({"anyOf": [{"type": "boolean"}, {"type": "null"}]});
    assert_eq!(plain(&nullable), Type::Option(Box::new(Type::Boolean)));
}

#[test]
fn what_is_not_understood_is_an_error_and_no_guess() {
    for schema in [
        json!({"type": "string", "maxLength": 3}),
        json!({"allOf": [{"type": "string"}]}),
        json!({"type": "tuple"}),
        json!({"type": "array"}),
        json!({"$ref": "#/components/schemas/Gone"}),
    ] {
        assert!(shape(&json!({}), &schema).is_err(), "{schema}");
    }
}

#[test]
fn fields_may_be_missing_or_null_or_both() {
    let nullable = json!({"anyOf": [{"type": "string"}, {"type": "null"}]});
    let schema = json!({
        "type": "object",
        "required": ["a", "c", "type"],
        "properties": {
            "a": {"type": "string"}, "b": {"type": "string"}, "c": nullable, "d": nullable,
            "type": {"type": "string", "enum": ["x"]},
        },
    });
    let (_, items) = shape(&json!({}), &schema).unwrap();
    let Some(Kind::Record(record)) = items.get("A").map(|item| &item.kind) else { panic!("no record") };
    let presences: Vec<_> = record.fields.iter().map(|field| field.presence).collect();
    let expected = [Presence::Required, Presence::Optional, Presence::Nullable, Presence::Clearable];
    assert_eq!(presences, expected);
    assert_eq!(record.constants, [("type".to_owned(), "x".to_owned())]);
}

#[test]
fn variants_are_told_apart_by_a_field_or_by_what_they_demand() {
    let variant = |kind: &str| json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": [kind]}}});
    let tag = |schema: &Value| {
        let (_, items) = shape(&json!({}), schema).unwrap();
        let Some(Kind::Union(union)) = items.get("A").map(|item| item.kind.clone()) else {
            panic!("no union")
        };
        (union.tag, union.variants.into_iter().map(|variant| variant.name).collect::<Vec<_>>())
    };
    let (told, names) = tag(&json!({"anyOf": [variant("one"), variant("two")]}));
    assert_eq!((told.as_deref(), names), (Some("kind"), vec!["One".to_owned(), "Two".to_owned()]));
    let (told, names) = tag(&json!({"anyOf": [{"type": "boolean"}, variant("one")]}));
    assert_eq!((told, names), (None, vec!["WithKind".to_owned(), "Boolean".to_owned()]));
}

#[test]
fn a_type_that_contains_itself_is_boxed_and_only_there() {
    let node = json!({"Node": {"type": "object", "properties": {
        "next": {"$ref": "#/components/schemas/Node"},
        "all": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
    }}});
    let (_, items) = shape(&node, &json!({"$ref": "#/components/schemas/Node"})).unwrap();
    let Some(Kind::Record(record)) = items.get("Node").map(|item| &item.kind) else { panic!("no record") };
    let list = Type::List(Box::new(Type::Named("Node".to_owned())));
    assert_eq!(record.fields[0].type_, list);
    assert_eq!(record.fields[1].type_, Type::Boxed("Node".to_owned()));
}

#[test]
fn two_things_of_one_name_are_an_error_and_schemas_have_the_first_right() {
    let text = json!({"type": "object", "properties": {}});
    let schemas = json!({"a.b": text, "a_b": text});
    let both = json!({"type": "array", "prefixItems": [
        {"$ref": "#/components/schemas/a.b"}, {"$ref": "#/components/schemas/a_b"},
    ]});
    assert!(shape(&schemas, &both).is_err());
    let inner = json!({"type": "object", "properties": {"b": text}});
    let (_, items) = shape(&json!({"a.b": text}), &inner).unwrap();
    assert!(items.get("ABField").is_some(), "{items:?}");
}

fn operation(path: &str, value: &Value) -> Result<Operation> {
    let document = Document::of(json!({}));
    let mut fixups = Fixups::none();
    Operation::read(&mut Shapes::new(&document, &mut fixups), path, "get", value)
}

#[test]
fn parameters_go_where_they_belong_in_the_order_of_the_path() {
    let text = json!({"type": "string"});
    let parameter = |place: &str, name: &str, required: bool| json!({"in": place, "name": name, "required": required, "schema": text});
    let mut value = json!({"operationId": "a.b", "tags": ["t"], "responses": {"204": {}}, "parameters": [
        parameter("path", "two", true), parameter("path", "one", true),
        parameter("query", "must", true), parameter("query", "directory", false),
    ]});
    let read = operation("/a/{one}/b/{two}", &value).unwrap();
    let request = read.request.unwrap();
    let names =
        |list: &[super::operation::Parameter]| list.iter().map(|one| one.key.clone()).collect::<Vec<_>>();
    assert_eq!(names(&request.path), ["one", "two"]);
    assert_eq!(
        (names(&request.required), names(&request.optional)),
        (vec!["must".into()], vec!["directory".into()])
    );
    assert_eq!(request.scope, Scope::Plain);
    assert!(operation("/a/{one}", &value).is_err());
    value["parameters"][0]["in"] = json!("cookie");
    assert!(operation("/a/{one}/b/{two}", &value).is_err());
}

/// An object of one field that always has the same text, and others.
fn tagged(key: &str, text: &str, others: &[&str]) -> Value {
    let mut value =
        json!({"type": "object", "properties": {key: {"type": "string", "enum": [text]}}, "required": [key]});
    for other in others {
        value["properties"][*other] = json!({"type": "string"});
    }
    value
}

fn variants(items: &Items, name: &str) -> (Option<String>, Vec<(String, Type)>) {
    let Some(Kind::Union(union)) = items.get(name).map(|item| &item.kind) else { panic!("{items:?}") };
    let variants = union.variants.iter().map(|one| (one.name.clone(), one.type_.clone()));
    (union.tag.clone(), variants.collect())
}

#[test]
fn variants_of_the_same_tag_are_a_union_of_their_own() {
    let [one, two] = ["One", "Two"].map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
    let schemas = json!({
        "S": tagged("type", "b", &[]),
        "One": tagged("type", "sync", &["x"]),
        "Two": tagged("type", "sync", &["x", "y"]),
    });
    let list = json!({"anyOf": [tagged("type", "b", &[]), one, two]});
    let (_, items) = shape(&schemas, &list).unwrap();
    let (tag, all) = variants(&items, "A");
    assert_eq!(tag.as_deref(), Some("type"));
    // An object without a name that says the same as a schema is that schema.
    assert_eq!(all[0], ("B".to_owned(), Type::Named("S".to_owned())));
    assert_eq!(all[1], ("Sync".to_owned(), Type::Named("ASync".to_owned())));
    // What asks for more is tried first.
    let (tag, several) = variants(&items, "ASync");
    assert_eq!((tag, several[0].0.as_str(), several.len()), (None, "Two", 2));
}

#[test]
fn refusals_that_ask_for_more_come_first_and_must_have_names() {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let document = Document::of(json!({"components": {"schemas": {
        "Less": tagged("_tag", "l", &[]), "More": tagged("_tag", "m", &["x"]),
    }}}));
    let mut fixups = Fixups::none();
    let mut shapes = Shapes::new(&document, &mut fixups);
    let response = |schema: Value| json!({"content": {"application/json": {"schema": schema}}});
    let both = json!({"anyOf": [reference("Less"), reference("More"), reference("Less")]});
    assert_eq!(shapes.refusal(&response(both)).unwrap(), ["More", "Less"]);
    assert_eq!(shapes.refusal(&response(reference("Less"))).unwrap(), ["Less"]);
    assert!(shapes.refusal(&response(json!({"type": "string"}))).is_err());
    assert!(shapes.refusal(&json!({"content": {"text/plain": {}}})).is_err());
    assert_eq!(shapes.refusals.len(), 2);
}

#[test]
fn the_events_of_a_stream_are_what_it_refers_to_or_the_text_of_its_data() {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let document = Document::of(json!({"components": {"schemas": {
        "E": tagged("type", "e", &[]),
        "Text": {"type": "string", "contentSchema": reference("E")},
    }}}));
    let mut fixups = Fixups::none();
    let mut shapes = Shapes::new(&document, &mut fixups);
    let stream = |schema: Value| json!({"200": {"content": {"text/event-stream": {"schema": schema}}}});
    shapes.stream("a", &stream(reference("E"))).unwrap();
    shapes.stream("b", &stream(json!({"properties": {"data": reference("Text")}}))).unwrap();
    shapes.stream("c", &json!({"101": {}})).unwrap();
    assert!(shapes.stream("d", &stream(json!({"type": "string"}))).is_err());
    assert_eq!(shapes.streams, [("a".to_owned(), "E".to_owned()), ("b".to_owned(), "E".to_owned())]);
}
