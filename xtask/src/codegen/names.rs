//! How things of the description are called in Rust.

/// Words that Rust or the generated code uses already.
const RESERVED: &[&str] = &[
    "abstract", "as", "async", "await", "become", "body", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "extra", "false", "final", "fn", "for", "gen", "if", "impl", "in",
    "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized",
    "use", "virtual", "where", "while", "yield",
];

/// `session.prompt_async` as `SessionPromptAsync`.
pub(super) fn pascal(text: &str) -> String {
    let mut name: String = words(text).iter().map(|word| capitalised(word)).collect();
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name.insert_str(0, "Value");
    }
    // The one name that may not be a variant or a type.
    if name == "Self" { "SelfValue".to_owned() } else { name }
}

/// `sessionID` as `session_id`; with an underscore behind it where Rust needs the word.
pub(super) fn snake(text: &str) -> String {
    let mut name = words(text).join("_").to_ascii_lowercase();
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "value_");
    }
    if RESERVED.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// The file that a schema's type lies in: the first word of its name, and the next where one word is not enough.
pub(super) fn file(name: &str) -> String {
    let words = words(name);
    let words: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    snake(&file_of(&words.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn file_of(words: &[&str]) -> String {
    match words {
        // There are more of them than of anything else.
        ["event", "session", "next", ..] => "event_session_next".to_owned(),
        ["event", rest @ ..] if !rest.is_empty() => format!("event_{}", file_of(rest)),
        ["sync", "event", rest @ ..] if !rest.is_empty() => format!("sync_event_{}", file_of(rest)),
        [_, _, .., "error"] => "error".to_owned(),
        ["session", "next", third, _, ..] => format!("session_next_{third}"),
        ["session", second, _, ..] => format!("session_{second}"),
        // `OAuth` is one word, whatever its letters say.
        [first, second, ..] if first.len() == 1 => format!("{first}_{second}"),
        [first, ..] => (*first).to_owned(),
        [] => String::new(),
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let characters: Vec<char> = text.chars().collect();
    let mut fresh = true;
    for (index, &character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            fresh = true;
            continue;
        }
        let before = index.checked_sub(1).map(|index| characters[index]);
        let after = characters.get(index + 1);
        let begins = character.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || after.is_some_and(char::is_ascii_lowercase)
            });
        if fresh || begins {
            words.push(String::new());
        }
        fresh = false;
        if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    words
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters.map(|character| character.to_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_style_are_taken_apart() {
        assert_eq!(pascal("session.prompt_async"), "SessionPromptAsync");
        assert_eq!(pascal("effect_HttpApiError_BadRequest"), "EffectHttpApiErrorBadRequest");
        assert_eq!(pascal("V2Event"), "V2Event");
        assert_eq!(pascal("1080p"), "Value1080p");
        assert_eq!([snake("sessionID"), snake("LLMToolContent")], ["session_id", "llm_tool_content"]);
        assert_eq!([snake("type"), snake("$schema"), snake("extra")], ["type_", "schema", "extra_"]);
    }

    #[test]
    fn a_type_lies_in_the_file_of_its_first_words() {
        assert_eq!(
            ["MCPStatus", "Part", "OAuth", "MoveSession"].map(file),
            ["mcp", "part", "o_auth", "move_"]
        );
        assert_eq!(["SessionStatus", "SessionMessageUser"].map(file), ["session", "session_message"]);
        assert_eq!(
            ["Event", "EventTodoUpdated", "EventSessionNextShellEnded", "SyncEventMessageRemoved"].map(file),
            ["event", "event_todo", "event_session_next", "sync_event_message"]
        );
        assert_eq!(
            ["SessionNextTextEnded", "SyncEventSessionNextTextEnded", "SessionNextMoved"].map(file),
            ["session_next_text", "sync_event_session_next_text", "session_next"]
        );
        assert_eq!(["NotFoundError", "EventSessionError"].map(file), ["error", "event_session"]);
    }
}
