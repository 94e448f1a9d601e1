//! How a request is put to a person.

use std::fmt::Write as _;

use opencode_host::prelude::*;
use opencode_host::wire::model::{Json, PermissionRequest, Question};

use crate::style::{first_line, harmless};

/// How much of a command or question is quoted in one line.
const MAX_QUOTED: usize = 100;

/// The request in one line.
pub(super) fn in_short(blocker: &Blocker) -> String {
    match blocker {
        Blocker::Permission(request) => {
            format!("{}: {}", harmless(&request.permission), first_line(&subject(request), MAX_QUOTED))
        }
        Blocker::Question(request) => {
            let questions: Vec<_> =
                request.questions.iter().map(|question| question.question.as_str()).collect();
            first_line(&questions.join(" / "), MAX_QUOTED)
        }
        _ => "a request of another kind".to_owned(),
    }
}

/// What is to be allowed, in full: nobody should allow what they cannot read.
pub(super) fn permission(request: &PermissionRequest) -> String {
    format!("? {} wants your permission: {}", harmless(&request.permission), harmless(&subject(request)))
}

/// The ways to answer a permission request.
pub(super) fn permission_choices(request: &PermissionRequest) -> String {
    let always = request.always.join(", ");
    let always = if always.is_empty() { String::new() } else { format!(" ({})", harmless(&always)) };
    format!("  [o]nce, [a]lways{always}, [r]eject, or r and the reason: ")
}

/// A question with its options.
pub(super) fn question(question: &Question) -> String {
    let mut text = format!("? {}", harmless(&question.question));
    for (index, option) in question.options.iter().enumerate() {
        let _infallible = write!(text, "\n  {}. {}", index + 1, harmless(&option.label));
        if !option.description.is_empty() {
            let _infallible = write!(text, ": {}", harmless(&option.description));
        }
    }
    text
}

/// The ways to answer a question.
pub(super) fn question_choices(question: &Question) -> String {
    let how_many = if question.multiple == Some(true) { "numbers, with commas between" } else { "a number" };
    match (question.options.is_empty(), question.custom) {
        (true, _) => "  your answer: ".to_owned(),
        (false, Some(false)) => format!("  {how_many}: "),
        (false, _) => format!("  {how_many}, or words of your own: "),
    }
}

/// What it is about: the command where there is one, because patterns leave parts of it out.
fn subject(request: &PermissionRequest) -> String {
    let metadata = request.metadata.as_ref().map(Json::to_value).unwrap_or_default();
    match metadata.get("command").and_then(|command| command.as_str()) {
        Some(command) => command.to_owned(),
        None => request.patterns.join(", "),
    }
}
