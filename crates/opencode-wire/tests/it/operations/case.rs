//! One operation as the tests see it.

use opencode_wire::operations::{Operation, Refusal};
use serde::Serialize;
use serde_json::Value;

use super::sample::Sample;

/// What a request would send.
pub(super) struct Sent {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Value>,
}

type Make = Box<dyn Fn(&Sample<'_>) -> Sent>;

/// Reads an answer and writes it again.
type Decode = fn(&[u8]) -> Result<Value, String>;

pub(super) struct Case {
    pub(super) id: &'static str,
    pub(super) request: Make,
    pub(super) decode: Decode,
    pub(super) refusal: fn(u16, &[u8]) -> Refusal,
}

/// An operation that answers JSON.
pub(super) fn json<O: Operation<Answer: Serialize>>(make: impl Fn(&Sample<'_>) -> O + 'static) -> Case {
    case(make, |body| {
        let answer = O::decode(body).map_err(|error| error.to_string())?;
        let written = serde_json::to_string(&answer).map_err(|error| error.to_string())?;
        serde_json::from_str(&written).map_err(|error| error.to_string())
    })
}

/// An operation that answers nothing.
pub(super) fn empty<O: Operation<Answer = ()>>(make: impl Fn(&Sample<'_>) -> O + 'static) -> Case {
    case(make, |body| O::decode(body).map(|()| Value::Null).map_err(|error| error.to_string()))
}

/// An operation that answers text.
pub(super) fn text<O: Operation<Answer = String>>(make: impl Fn(&Sample<'_>) -> O + 'static) -> Case {
    case(make, |body| O::decode(body).map(Value::from).map_err(|error| error.to_string()))
}

/// An operation that answers bytes.
pub(super) fn bytes<O: Operation<Answer = Vec<u8>>>(make: impl Fn(&Sample<'_>) -> O + 'static) -> Case {
    case(make, |body| O::decode(body).map(Value::from).map_err(|error| error.to_string()))
}

fn case<O: Operation>(make: impl Fn(&Sample<'_>) -> O + 'static, decode: Decode) -> Case {
    let request = move |sample: &Sample<'_>| {
        let operation = make(sample);
        Sent {
            method: O::METHOD,
            path: operation.path().unwrap(),
            query: operation
                .query()
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: operation.body().unwrap().map(|body| body.to_value()),
        }
    };
    Case { id: O::ID, request: Box::new(request), decode, refusal: O::refusal }
}
