//! Changes as text for people.

use super::{Change, Weight};
use crate::spec::document::Document;

const HEADINGS: &[(Weight, &str)] = &[
    (Weight::Calls, "Breaks callers"),
    (Weight::Matches, "Breaks those who match"),
    (Weight::Addition, "Additions"),
];

/// One heading for each weight that there is, and a line for what is said alike.
pub(super) fn text(old: &Document, new: &Document, changes: &[Change]) -> String {
    let operations = |document: &Document| {
        format!("OpenCode {} ({} operations)", document.version(), document.operations().len())
    };
    let mut text = format!("# The API from {} to {}\n\n", operations(old), operations(new));
    if changes.is_empty() {
        text.push_str("Nothing changed.\n");
        return text;
    }
    for (weight, heading) in HEADINGS {
        let lines = lines(changes.iter().filter(|change| change.weight == *weight));
        if !lines.is_empty() {
            text.push_str(&format!("## {heading} ({})\n\n", lines.len()));
            lines.iter().for_each(|line| text.push_str(&format!("- {line}\n")));
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn lines<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<String> {
    let mut groups: Vec<(&Change, Vec<&str>)> = Vec::new();
    for change in changes {
        let alike = |other: &Change| {
            !change.alone && (&other.before, &other.after) == (&change.before, &change.after)
        };
        match groups.iter_mut().find(|(first, _)| alike(first)) {
            Some((_, subjects)) => subjects.push(&change.subject),
            None => groups.push((change, vec![&change.subject])),
        }
    }
    let line = |(first, subjects): &(&Change, Vec<&str>)| {
        let [before, after] = [&first.before, &first.after].map(|phrase| phrase.of(subjects.len()));
        format!("{before}{}{after}", list(subjects))
    };
    groups.iter().map(line).collect()
}

/// `a`, `a and b`, or `a, b and c`.
fn list(subjects: &[&str]) -> String {
    match subjects {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
