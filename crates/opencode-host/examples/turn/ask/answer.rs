//! What a typed line means.

use opencode_host::prelude::*;
use opencode_host::wire::model::Question;

/// A line about a permission; `None` when it means nothing.
pub(super) fn permission(line: &str) -> Option<Decision> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match word.to_lowercase().as_str() {
        "o" | "once" | "y" | "yes" => Some(Decision::AllowOnce),
        "a" | "always" => Some(Decision::AllowAlways),
        "r" | "reject" | "n" | "no" if rest.is_empty() => Some(Decision::Reject { message: None }),
        "r" | "reject" | "n" | "no" => Some(Decision::reject_because(rest.trim())),
        _ => None,
    }
}

/// A line about a question: the chosen labels, or the person's own words; `None` when it means nothing.
pub(super) fn question(question: &Question, line: &str) -> Option<Vec<String>> {
    if line.is_empty() {
        return None;
    }
    let words: Vec<_> = if question.multiple == Some(true) {
        line.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()
    } else {
        vec![line]
    };
    let chosen: Option<Vec<_>> = words.iter().map(|word| label(question, word)).collect();
    match chosen {
        Some(labels) if !labels.is_empty() => Some(labels),
        _ if question.custom != Some(false) => Some(vec![line.to_owned()]),
        _ => None,
    }
}

/// The label of an option that is chosen by its number, from 1, or by its name.
fn label(question: &Question, word: &str) -> Option<String> {
    let by_number = || question.options.get(word.parse::<usize>().ok()?.checked_sub(1)?);
    let by_name = || question.options.iter().find(|option| option.label.eq_ignore_ascii_case(word));
    by_number().or_else(by_name).map(|option| option.label.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_answered_by_a_letter_or_a_word() {
        assert_eq!(permission("o"), Some(Decision::AllowOnce));
        assert_eq!(permission("Always"), Some(Decision::AllowAlways));
        assert_eq!(permission("n"), Some(Decision::Reject { message: None }));
        assert_eq!(permission("r use cat"), Some(Decision::reject_because("use cat")));
        assert_eq!(permission(""), None);
        assert_eq!(permission("perhaps"), None);
    }

    fn colours(rest: &str) -> Question {
        let options = r#"[{"label":"Red","description":""},{"label":"Blue","description":""}]"#;
        let text = format!(r#"{{"question":"Which?","header":"Colour","options":{options}{rest}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn one_option_or_ones_own_words() {
        let which = colours("");
        assert_eq!(question(&which, "2"), Some(vec!["Blue".to_owned()]));
        assert_eq!(question(&which, "red"), Some(vec!["Red".to_owned()]));
        assert_eq!(question(&which, "3"), Some(vec!["3".to_owned()]));
        assert_eq!(question(&which, "none, thanks"), Some(vec!["none, thanks".to_owned()]));
        assert_eq!(question(&which, ""), None);
    }

    #[test]
    fn several_options_and_nothing_else() {
        let which = colours(r#","multiple":true,"custom":false"#);
        assert_eq!(question(&which, "2, 1"), Some(vec!["Blue".to_owned(), "Red".to_owned()]));
        assert_eq!(question(&which, "0"), None);
        assert_eq!(question(&which, "green"), None);
        assert_eq!(question(&which, ","), None);
    }
}
