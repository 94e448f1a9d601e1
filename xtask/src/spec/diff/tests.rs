//! Case by case: two small descriptions, and what is said of them.

use serde_json::{Value, json};

use super::{Weight, changes, markdown};
use crate::spec::document::Document;

fn said(old: Value, new: Value) -> Vec<(Weight, String)> {
    let (old, new) = (Document::of(old), Document::of(new));
    let changes = changes(&old, &new);
    changes
        .iter()
        .map(|one| (one.weight, format!("{}{}{}", one.before.one, one.subject, one.after.one)))
        .collect()
}

/// A description of one operation, `a.b`.
fn api(operation: Value, schemas: &Value) -> Value {
    let mut operation = operation;
    operation["operationId"] = json!("a.b");
    json!({"paths": {"/a": {"get": operation}}, "components": {"schemas": schemas}})
}

/// What is said of an operation that changed.
fn operation(old: Value, new: Value) -> Vec<(Weight, String)> {
    said(api(old, &json!({})), api(new, &json!({})))
}

fn answering(schema: &Value) -> Value {
    json!({"responses": {"200": {"content": {"application/json": {"schema": schema}}}}})
}

fn taking(schema: &Value) -> Value {
    json!({"requestBody": {"required": true, "content": {"application/json": {"schema": schema}}}})
}

/// What is said of a schema `S` that an answer has, and what of one that a body has.
fn schema(old: &Value, new: &Value) -> [Vec<(Weight, String)>; 2] {
    let named = json!({"$ref": "#/components/schemas/S"});
    [answering(&named), taking(&named)]
        .map(|operation| said(api(operation.clone(), &json!({"S": old})), api(operation, &json!({"S": new}))))
}

fn one(weight: Weight, text: &str) -> Vec<(Weight, String)> {
    vec![(weight, text.to_owned())]
}

fn object(fields: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": fields, "required": required})
}

#[test]
fn operations_come_and_go_and_move() {
    let paths = |paths: Value| json!({"paths": paths});
    let (none, get) = (paths(json!({})), paths(json!({"/a/{id}": {"get": {"operationId": "a.b"}}})));
    let post = paths(json!({"/c": {"post": {"operationId": "a.b"}}}));
    let other = paths(json!({"/c": {"post": {"operationId": "c.d"}}}));
    assert_eq!(said(none.clone(), get.clone()), one(Weight::Addition, "new operation `a.b` (GET /a/{id})"));
    assert_eq!(said(get.clone(), none), one(Weight::Calls, "operation `a.b` is gone (GET /a/{id})"));
    assert_eq!(
        said(get, post.clone()),
        one(Weight::Calls, "the route of `a.b` is POST /c and was GET /a/{id}")
    );
    assert_eq!(said(post, other), one(Weight::Calls, "operation `a.b` is called `c.d`"));
}

#[test]
fn parameters_come_and_go_and_become_required() {
    let parameter =
        |required: bool| json!({"parameters": [{"in": "query", "name": "start", "required": required}]});
    let none = json!({});
    assert_eq!(operation(none.clone(), parameter(true)), one(Weight::Calls, "`a.b` needs `start`"));
    assert_eq!(operation(none.clone(), parameter(false)), one(Weight::Addition, "`a.b` also takes `start`"));
    assert_eq!(operation(parameter(true), none), one(Weight::Calls, "`a.b` no longer takes `start`"));
    assert_eq!(operation(parameter(false), parameter(true)), one(Weight::Calls, "`a.b` needs `start`"));
    assert_eq!(
        operation(parameter(true), parameter(false)),
        one(Weight::Addition, "`a.b` can do without `start`")
    );
    let typed = |name: &str| json!({"parameters": [{"in": "query", "name": "n", "schema": {"type": name}}]});
    assert_eq!(
        operation(typed("string"), typed("integer")),
        one(Weight::Calls, "`n` in the parameters of `a.b` is integer and was string")
    );
}

#[test]
fn bodies_and_answers_come_and_go() {
    let text = json!({"type": "string"});
    assert_eq!(operation(json!({}), taking(&text)), one(Weight::Calls, "`a.b` needs a body"));
    assert_eq!(operation(taking(&text), json!({})), one(Weight::Calls, "`a.b` no longer takes a body"));
    let optional = json!({"requestBody": {"content": {"application/json": {"schema": text}}}});
    assert_eq!(operation(json!({}), optional.clone()), one(Weight::Addition, "`a.b` also takes a body"));
    assert_eq!(operation(optional, taking(&text)), one(Weight::Calls, "`a.b` needs a body"));
    assert_eq!(
        operation(answering(&text), json!({"responses": {"204": {}}})),
        vec![
            (Weight::Calls, "`a.b` answers with 204 and did with 200".to_owned()),
            (Weight::Calls, "the answer of `a.b` is nothing and was `application/json`".to_owned())
        ]
    );
}

#[test]
fn what_has_no_name_is_told_at_its_operation() {
    let (few, many) = (object(&json!({}), &[]), object(&json!({"x": {"type": "string"}}), &[]));
    assert_eq!(
        operation(answering(&few), answering(&many)),
        one(Weight::Addition, "`x` in the answer of `a.b` is new")
    );
    assert_eq!(
        operation(taking(&many), taking(&few)),
        one(Weight::Calls, "`x` in the body of `a.b` is gone")
    );
}

#[test]
fn refusals_come_and_go_and_change() {
    let refused = |status: &str, name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"responses": {status: {"content": {"application/json": {"schema": schema}}}}})
    };
    let none = json!({"responses": {}});
    assert_eq!(
        operation(refused("404", "E"), none.clone()),
        one(Weight::Matches, "error 404 (`E`) is no longer documented for `a.b`")
    );
    assert_eq!(operation(none, refused("404", "E")), one(Weight::Matches, "error 404 (`E`) is new to `a.b`"));
    assert_eq!(
        operation(refused("404", "E"), refused("404", "F")),
        one(Weight::Matches, "error 404 is `F` and was `E`, of `a.b`")
    );
}

#[test]
fn fields_come_and_go_by_the_way_they_take() {
    let text = json!({"type": "string"});
    let none = object(&json!({}), &[]);
    let (may, must) = (object(&json!({"x": text}), &[]), object(&json!({"x": text}), &["x"]));
    let [answer, body] = schema(&none, &must);
    assert_eq!(answer, one(Weight::Addition, "`S.x` is new and required"));
    assert_eq!(body, one(Weight::Calls, "`S.x` is new and required"));
    let [answer, body] = schema(&none, &may);
    assert_eq!([answer, body], [(); 2].map(|()| one(Weight::Addition, "`S.x` is new")));
    let [answer, body] = schema(&must, &may);
    assert_eq!(answer, one(Weight::Calls, "`S.x` became optional"));
    assert_eq!(body, one(Weight::Addition, "`S.x` became optional"));
    let [answer, body] = schema(&may, &must);
    assert_eq!(answer, one(Weight::Addition, "`S.x` became required"));
    assert_eq!(body, one(Weight::Calls, "`S.x` became required"));
    let [answer, body] = schema(&must, &none);
    assert_eq!([answer, body], [(); 2].map(|()| one(Weight::Calls, "`S.x` is gone")));
}

#[test]
fn null_is_a_change_by_the_way_it_takes() {
    let (text, both) = (json!({"type": "string"}), json!({"anyOf": [{"type": "string"}, {"type": "null"}]}));
    let [answer, body] = schema(&text, &both);
    assert_eq!(answer, one(Weight::Calls, "`S` may be `null`"));
    assert_eq!(body, one(Weight::Addition, "`S` may be `null`"));
    let [answer, body] = schema(&both, &text);
    assert_eq!(answer, one(Weight::Addition, "`S` is no longer `null`"));
    assert_eq!(body, one(Weight::Calls, "`S` is no longer `null`"));
}

#[test]
fn values_and_variants_come_and_go() {
    let values = |list: &[&str]| json!({"type": "string", "enum": list});
    let [answer, body] = schema(&values(&["v"]), &values(&["v", "w"]));
    assert_eq!(answer, one(Weight::Matches, "`S` has a new value `w`"));
    assert_eq!(body, one(Weight::Addition, "`S` has a new value `w`"));
    let [answer, body] = schema(&values(&["v", "w"]), &values(&["v"]));
    assert_eq!(answer, one(Weight::Matches, "`S` no longer has the value `w`"));
    assert_eq!(body, one(Weight::Calls, "`S` no longer has the value `w`"));
    let variants = |kinds: &[&str]| {
        let one = |kind: &&str| object(&json!({"type": {"type": "string", "enum": [kind]}}), &["type"]);
        json!({"anyOf": kinds.iter().map(one).collect::<Vec<_>>()})
    };
    let [answer, _] = schema(&variants(&["a", "b"]), &variants(&["a", "b", "c"]));
    assert_eq!(answer, one(Weight::Matches, "`S` has a new variant `c`"));
    let (text, both) =
        (json!({"type": "string"}), json!({"anyOf": [{"type": "string"}, {"type": "boolean"}]}));
    let [answer, body] = schema(&text, &both);
    assert_eq!(answer, one(Weight::Matches, "`S` has a new variant `boolean`"));
    assert_eq!(body, one(Weight::Addition, "`S` has a new variant `boolean`"));
    let [answer, _] = schema(&values(&["v"]), &json!({"anyOf": [values(&["v", "w"]), {"type": "string"}]}));
    assert_eq!(answer.len(), 3, "{answer:?}");
}

#[test]
fn other_types_and_bounds_are_told() {
    let [answer, body] = schema(&json!({"type": "string"}), &json!({"type": "integer"}));
    assert_eq!([answer, body], [(); 2].map(|()| one(Weight::Calls, "`S` is integer and was string")));
    let list = |items: &str| json!({"type": "array", "items": {"type": items}});
    let [answer, _] = schema(&list("string"), &list("boolean"));
    assert_eq!(answer, one(Weight::Calls, "`S.[]` is boolean and was string"));
    let [answer, body] = schema(&json!({"type": "integer"}), &json!({"type": "integer", "maximum": 7}));
    assert_eq!(answer, one(Weight::Matches, "`S`: `maximum` is `7` and was unset"));
    assert_eq!(body, one(Weight::Calls, "`S`: `maximum` is `7` and was unset"));
}

#[test]
fn another_name_of_the_same_is_told_as_such_even_if_it_contains_itself() {
    let tree = |name: &str| {
        let own = json!({"$ref": format!("#/components/schemas/{name}")});
        let tree = object(&json!({"inner": {"type": "array", "items": own}}), &[]);
        api(answering(&own), &json!({name: tree}))
    };
    assert_eq!(
        said(tree("A"), tree("B")),
        one(Weight::Matches, "the type `A` is called `B` in the answer of `a.b`")
    );
    let mut other = tree("B");
    other["components"]["schemas"]["B"]["properties"]["more"] = json!({"type": "string"});
    assert_eq!(
        said(tree("A"), other),
        one(Weight::Addition, "the answer of `a.b` is of another type: `B`, and was `A`")
    );
}

#[test]
fn a_schema_that_nothing_has_is_not_told() {
    let lone = |name: &str| api(json!({}), &json!({"S": {"type": name}}));
    assert_eq!(said(lone("string"), lone("integer")), []);
}

#[test]
fn what_is_said_alike_of_several_is_one_line_below_a_heading() {
    let both = |parameters: &Value| {
        let operation = |id: &str| json!({"get": {"operationId": id, "parameters": parameters}});
        Document::of(json!({"paths": {"/a": operation("a"), "/b": operation("b"), "/c": operation("c")}}))
    };
    let old = both(&json!([{"in": "query", "name": "x"}, {"in": "query", "name": "y"}]));
    let new = both(&json!([{"in": "query", "name": "y", "required": true}, {"in": "query", "name": "z"}]));
    assert_eq!(
        markdown(&old, &new).split_once('\n').unwrap().1,
        "\n## Breaks callers (2)\n\n- `a`, `b` and `c` need `y`\n- `a`, `b` and `c` no longer take `x`\n\n\
         ## Additions (1)\n\n- `a`, `b` and `c` also take `z`\n"
    );
    assert!(markdown(&old, &old).ends_with("\n\nNothing changed.\n"));
}
