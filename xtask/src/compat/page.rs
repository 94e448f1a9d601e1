//! The page for people.

use std::fmt::Write as _;

use super::differences::{DIFFERENCES, Difference};
use super::judge::{Judgement, judge};
use super::record::Record;
use super::rows::{ROWS, Row};

/// From the workspace root.
pub(super) const PATH: &str = "docs/COMPATIBILITY.md";

const HEAD: &str = "\
# Compatibility

<!-- Written by `cargo xtask compat`; what is said of differences is in xtask/src/compat/differences.rs. -->

Which versions of `opencode serve` this library was tried on.
On each, the tests of `opencode-wire` on a real server were run, with a scripted model behind it.
A number says how many of a row's tests pass; a letter says what differs, and is told below the table.

The client works by what a server can do and not by its version, so versions between and after these work as their neighbours do.
`Client::server_info` says at run time whether a version is one of these (`Standing`), and a newer one is told once as unproven, with the event `opencode.server.unproven`.

";

pub(super) fn render(records: &[Record]) -> String {
    let judged: Vec<_> = records.iter().map(|record| (record, judge(record))).collect();
    let notes: Vec<_> = DIFFERENCES
        .iter()
        .filter(|known| {
            judged.iter().any(|(_, judgement)| judgement.failed.iter().any(|(_, why)| is(*why, known)))
        })
        .collect();
    let mut text = HEAD.to_owned();
    let mut line = |cells: &[String]| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    };
    let columns = |head: &str, cell: &dyn Fn(&(&Record, Judgement<'_>)) -> String| {
        let mut cells = vec![head.to_owned()];
        cells.extend(judged.iter().map(cell));
        cells
    };
    line(&columns("", &|(record, _)| record.version.to_string()));
    line(&columns("---", &|_| "---".to_owned()));
    for row in ROWS {
        line(&columns(&head(row), &|(record, judgement)| cell(row, record, judgement, &notes)));
    }
    line(&columns("all", &|(record, _)| {
        format!("{} of {}", record.passed.len(), record.passed.len() + record.failed.len())
    }));
    line(&columns("tried on", &|(record, _)| record.date.clone()));
    line(&columns("with", &|(record, _)| record.commit.clone()));
    text.push_str("\n## What differs\n");
    for (number, note) in notes.iter().enumerate() {
        let _ = write!(text, "\n- **{}** ({}): {}\n", letter(number), note.versions(), note.says);
    }
    text
}

fn is(why: Option<&Difference>, known: &Difference) -> bool {
    why.is_some_and(|why| std::ptr::eq(why, known))
}

fn head(row: &Row) -> String {
    if row.guarantees.is_empty() {
        row.promise.to_owned()
    } else {
        format!("{} ({})", row.promise, row.guarantees)
    }
}

fn cell(row: &Row, record: &Record, judgement: &Judgement<'_>, notes: &[&Difference]) -> String {
    let passed = record.passed.iter().filter(|test| row.has(test)).count();
    let failed: Vec<_> = judgement.failed_in(row).collect();
    if failed.is_empty() {
        return passed.to_string();
    }
    let mut letters: Vec<_> = failed
        .iter()
        .map(|(_, why)| {
            let number = notes.iter().position(|known| is(*why, known));
            number.map_or_else(|| "not understood".to_owned(), letter)
        })
        .collect();
    letters.sort();
    letters.dedup();
    format!("{passed} of {} ({})", passed + failed.len(), letters.join(", "))
}

/// `a` to `z`, then `aa`.
fn letter(number: usize) -> String {
    let last = char::from(b'a' + u8::try_from(number % 26).unwrap_or_default());
    if number < 26 { last.to_string() } else { format!("{}{last}", letter(number / 26 - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::parse;

    #[test]
    fn a_failure_is_told_where_it_belongs() {
        let tests = [
            ("ids::unheard_of".to_owned(), false),
            ("ids::fine".to_owned(), true),
            ("texts::fine".to_owned(), true),
        ];
        let record =
            Record::new(parse("1.18.33").unwrap(), "2026-01-02".to_owned(), "abc".to_owned(), &tests.into());
        let page = render(&[record]);
        assert!(page.contains("(G01, G05) | 1 of 2 (not understood) |"), "{page}");
        assert!(page.contains("(G08, G18) | 1 |") && page.contains("| all | 2 of 3 |"), "{page}");
    }

    #[test]
    fn a_failure_that_is_known_has_a_letter_and_its_words() {
        let known = &DIFFERENCES[0];
        let tests = [(known.tests[0].to_owned(), false)].into();
        let record = Record::new(parse(known.until).unwrap(), String::new(), String::new(), &tests);
        let page = render(&[record]);
        assert!(page.contains("| 0 of 1 (a) |"), "{page}");
        assert!(page.contains(&format!("**a** ({}): {}", known.versions(), known.says)), "{page}");
    }

    #[test]
    fn letters_do_not_end() {
        assert_eq!([0, 25, 26, 52].map(letter), ["a", "z", "aa", "ba"]);
    }
}
