//! What to say about an event of the wrong shape.

use super::cursor::Cursor;

/// The longest explanation, in characters. Errors quote what they found, which may be a whole file.
const MAX_LENGTH: usize = 300;

/// Where in the JSON something is wrong, and what: `properties.part.id: invalid type: integer `5`, expected an id`.
pub(super) fn describe(json: &str, error: &serde_json::Error) -> Box<str> {
    let mut message = error.to_string();
    if let Some(position) = message.rfind(" at line ") {
        message.truncate(position);
    }
    let mut path = path_to(json.as_bytes(), offset_of(json, error));
    if !path.is_empty() {
        path.push_str(": ");
    }
    path.push_str(&message);
    path.chars().take(MAX_LENGTH).collect::<String>().into()
}

/// How many bytes had been read when the error was met.
fn offset_of(json: &str, error: &serde_json::Error) -> usize {
    let lines_before: usize =
        json.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    lines_before + error.column()
}

/// The keys and indices that lead to the innermost value that contains an offset, or ends there.
fn path_to(json: &[u8], offset: usize) -> String {
    let mut path = String::new();
    let mut cursor = Cursor::new(json);
    'value: loop {
        let is_list = cursor.enter_list();
        if !is_list && !cursor.enter_object() {
            return path;
        }
        for index in 0_usize.. {
            let step = match is_list {
                true if cursor.next_element() => index.to_string(),
                false => match cursor.next_key() {
                    Some(key) => key.to_text().into_owned(),
                    None => return path,
                },
                true => return path,
            };
            let mut end = cursor;
            end.skip_value();
            let value = cursor.offset_in(json)..=end.offset_in(json);
            if value.contains(&offset) {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&step);
                continue 'value;
            }
            cursor = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_leads_to_the_innermost_value() {
        let json = r#"{"a": 1, "b": {"c": [true, {"d": "text"}]}, "e": {}}"#;
        let path = |part: &str| path_to(json.as_bytes(), json.find(part).unwrap() + part.len());
        assert_eq!(path("\"a\": 1"), "a");
        assert_eq!(path("true"), "b.c.0");
        assert_eq!(path("\"text\""), "b.c.1.d");
        assert_eq!(path("{}"), "e");
        assert_eq!(path_to(json.as_bytes(), json.len()), "");
        assert_eq!(path_to(b"7", 1), "");
    }

    #[test]
    fn long_explanations_are_cut() {
        let json = format!("[{:?}]", "é".repeat(1000));
        let error = serde_json::from_str::<Vec<u8>>(&json).unwrap_err();
        assert_eq!(describe(&json, &error).chars().count(), MAX_LENGTH);
    }
}
