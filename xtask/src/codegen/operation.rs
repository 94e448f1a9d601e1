//! From the description of an operation to what is generated for it.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::fixups::Fix;
use super::items::{Home, Kind, Type};
use super::names::{pascal, snake};
use super::place::{Place, Shape};
use super::shape::Shapes;
use crate::spec::document::entries;

/// A field of a request that is part of its path or query.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) type_: Type,
}

/// How an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Json,
    Empty,
    Text,
    Bytes,
}

/// How a request says where it is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// It concerns the whole server, or what its path names.
    Server,
    /// `directory` and `workspace` in the query.
    Plain,
    /// `location[directory]` and `location[workspace]`.
    Location,
}

/// A request with one answer.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) name: String,
    pub(super) path: Vec<Parameter>,
    pub(super) required: Vec<Parameter>,
    pub(super) optional: Vec<Parameter>,
    pub(super) scope: Scope,
    /// The body, and whether it can be made of nothing.
    pub(super) body: Option<(Type, bool)>,
    pub(super) answer: Answer,
    pub(super) type_: Type,
}

/// An operation of the description.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) tag: String,
    /// Status codes of refusals, and the schemas that their bodies may have; those that ask for more come first.
    pub(super) refusals: Vec<(u16, Vec<String>)>,
    /// The request, or why there is none.
    pub(super) request: Result<Request, &'static str>,
}

impl Operation {
    pub(super) fn read(shapes: &mut Shapes<'_>, path: &str, method: &str, value: &Value) -> Result<Self> {
        let id = value["operationId"].as_str().context("an operation without an id")?;
        let tag = value["tags"][0].as_str().with_context(|| format!("{id} has no tag"))?;
        let request = match shapes.fixups.apply(Fix::ByHand, id) {
            Some(fixup) => {
                shapes.stream(id, &value["responses"])?;
                Err(fixup.why)
            }
            None => Ok(request(shapes, id, tag, path, value).with_context(|| format!("operation {id}"))?),
        };
        let mut refusals = Vec::new();
        for (status, response) in entries(&value["responses"]) {
            if !status.starts_with('2') {
                let status = status.parse().with_context(|| format!("{id}: the status {status}"))?;
                refusals.push((status, shapes.refusal(response).with_context(|| format!("{id}: {status}"))?));
            }
        }
        let (method, path) = (method.to_ascii_uppercase(), path.to_owned());
        Ok(Self { id: id.to_owned(), method, path, tag: tag.to_owned(), refusals, request })
    }

    /// The module that its type lies in.
    pub(super) fn module(&self) -> String {
        snake(&self.tag)
    }
}

fn request(shapes: &mut Shapes<'_>, id: &str, tag: &str, path: &str, value: &Value) -> Result<Request> {
    let name = pascal(id);
    let place = Place { name: name.clone(), home: Home::Operations(snake(tag)), origin: id.to_owned() };
    let mut request = Request {
        name,
        path: Vec::new(),
        required: Vec::new(),
        optional: Vec::new(),
        scope: Scope::Server,
        body: body(shapes, &value["requestBody"], &place)?,
        answer: Answer::Empty,
        type_: Type::Json,
    };
    (request.answer, request.type_) = answer(shapes, &value["responses"], &place)?;
    for parameter in value["parameters"].as_array().into_iter().flatten() {
        read_parameter(shapes, &mut request, parameter, &place)?;
    }
    sort_by_path(&mut request.path, path)?;
    if let Some(field) = shapes.fixups.wildcard(id) {
        ensure!(path.ends_with("/*"), "{path} has no wildcard");
        request.path.push(Parameter { name: field.to_owned(), key: field.to_owned(), type_: Type::Text });
    }
    Ok(request)
}

fn read_parameter(
    shapes: &mut Shapes<'_>,
    request: &mut Request,
    value: &Value,
    place: &Place,
) -> Result<()> {
    let key = value["name"].as_str().context("a parameter without a name")?;
    let schema = &value["schema"];
    let required = value["required"] == true;
    match (value["in"].as_str(), value["style"].as_str()) {
        (Some("query"), Some("deepObject")) => {
            let fields: Vec<&str> =
                entries(&schema["properties"]).into_iter().map(|(name, _)| name).collect();
            ensure!(key == "location" && fields == ["directory", "workspace"], "an unknown object: {key}");
            request.scope = Scope::Location;
            return Ok(());
        }
        (Some("path" | "query"), None) => {}
        other => bail!("the parameter {key} is in {other:?}"),
    }
    if key == "directory" && request.scope == Scope::Server {
        request.scope = Scope::Plain;
    }
    let place = place.child(key);
    let type_ = match schema["type"].as_str() {
        _ if is_flag(schema) => Type::Boolean,
        Some("number") if shapes.fixups.apply(Fix::Whole, &place.origin).is_some() => Type::Unsigned,
        _ => shapes.shape(schema, &place)?.type_,
    };
    let parameter = Parameter { name: snake(key), key: key.to_owned(), type_ };
    match value["in"].as_str() {
        Some("path") => request.path.push(parameter),
        _ if required => request.required.push(parameter),
        _ => request.optional.push(parameter),
    }
    Ok(())
}

/// Whether a schema is a truth value that may also be written as text, which in a query is the same.
fn is_flag(schema: &Value) -> bool {
    schema["anyOf"].as_array().is_some_and(|list| list.iter().any(|schema| schema["type"] == "boolean"))
}

/// Path parameters come in the order of the path, whatever order the description has.
fn sort_by_path(parameters: &mut [Parameter], path: &str) -> Result<()> {
    for parameter in &*parameters {
        ensure!(path.contains(&format!("{{{}}}", parameter.key)), "{path} lacks {}", parameter.key);
    }
    ensure!(path.matches('{').count() == parameters.len(), "{path} has other parameters");
    parameters.sort_by_key(|parameter| path.find(&format!("{{{}}}", parameter.key)));
    Ok(())
}

fn body(shapes: &mut Shapes<'_>, value: &Value, place: &Place) -> Result<Option<(Type, bool)>> {
    if value.is_null() {
        return Ok(None);
    }
    let content = entries(&value["content"]);
    let [("application/json", media)] = content.as_slice() else { bail!("a body that is no JSON") };
    let type_ = shapes.shape(&media["schema"], &place.child("body"))?.into_type();
    let empty = match &type_ {
        Type::Map(_) => true,
        Type::Named(name) => match shapes.items.get(name).map(|item| &item.kind) {
            Some(Kind::Record(record)) => record.required().next().is_none(),
            _ => false,
        },
        _ => false,
    };
    Ok(Some((type_, empty)))
}

fn answer(shapes: &mut Shapes<'_>, responses: &Value, place: &Place) -> Result<(Answer, Type)> {
    let good: Vec<_> = entries(responses).into_iter().filter(|(status, _)| status.starts_with('2')).collect();
    let [(status, response)] = good.as_slice() else { bail!("not exactly one good answer") };
    let content = entries(&response["content"]);
    Ok(match content.as_slice() {
        [] if *status == "204" => (Answer::Empty, Type::Tuple(Vec::new())),
        [("application/json", media)] => {
            let shape: Shape = shapes.shape(&media["schema"], &place.child("answer"))?;
            (Answer::Json, shape.into_type())
        }
        [(media, _)] if media.starts_with("text/") && *media != "text/event-stream" => {
            (Answer::Text, Type::Text)
        }
        [("application/octet-stream", _)] => (Answer::Bytes, Type::Json),
        other => bail!(
            "an answer of {:?} is not understood",
            other.iter().map(|(media, _)| media).collect::<Vec<_>>()
        ),
    })
}
