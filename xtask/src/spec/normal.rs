//! The form in which a description is committed: without prose, sorted, a line for each operation and schema.

use serde_json::Value;

use super::document::entries;

/// Keywords that say nothing to a program.
const PROSE: &[&str] = &["description", "summary", "title", "example", "examples", "deprecationMessage"];

/// Takes out what says nothing to a program.
pub(super) fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| {
                !PROSE.contains(&name.as_str()) && (!name.starts_with("x-") || name == "x-websocket")
            });
            for (name, child) in map.iter_mut() {
                // Below these two the names are the server's and not keywords.
                if let ("properties" | "patternProperties" | "schemas", Some(named)) =
                    (name.as_str(), child.as_object_mut())
                {
                    named.values_mut().for_each(strip);
                } else {
                    strip(child);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// A description as text: sorted; three levels get lines of their own, so that a diff shows which operation or schema
/// changed.
pub(super) fn text(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text.push('\n');
    text
}

fn write(target: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let lines = depth < 3;
            target.push('{');
            for (index, (name, child)) in entries(value).into_iter().enumerate() {
                if index > 0 {
                    target.push(',');
                }
                if lines {
                    target.push('\n');
                    target.push_str(&" ".repeat(depth + 1));
                }
                target.push_str(&Value::from(name).to_string());
                target.push_str(": ");
                write(target, child, depth + 1);
            }
            if lines {
                target.push('\n');
                target.push_str(&" ".repeat(depth));
            }
            target.push('}');
        }
        Value::Array(list) => {
            target.push('[');
            for (index, child) in list.iter().enumerate() {
                if index > 0 {
                    target.push_str(", ");
                }
                write(target, child, 3);
            }
            target.push(']');
        }
        other => target.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prose_goes_and_properties_that_are_called_like_it_stay() {
        let mut value =
            json!({"title": "a", "properties": {"title": {"type": "string", "description": "b"}}});
        strip(&mut value);
        assert_eq!(value, json!({"properties": {"title": {"type": "string"}}}));
    }

    #[test]
    fn what_is_written_reads_as_what_it_was() {
        let value = json!({"b": [1, {"c": "d\"e"}], "a": {"x": {"y": {"z": {}}}}});
        let text = text(&value);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(text.starts_with("{\n \"a\""), "{text}");
    }
}
