//! No id, name or path reaches another route, whatever it is.

use opencode_wire::ErrorKind;
use opencode_wire::ids::SessionId;
use opencode_wire::operations::filesystem::V2FsRead;
use opencode_wire::operations::mcp::McpConnect;
use opencode_wire::operations::session::SessionMessages;
use opencode_wire::operations::{Operation as _, Query};
use proptest::prelude::*;

/// Undoes escaping, by other code than that which escapes.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = match (first, more) {
            (b'%', [high, low, more @ ..]) => {
                let digits = String::from_utf8(vec![*high, *low]).unwrap();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
                more
            }
            _ => {
                bytes.push(*first);
                more
            }
        };
    }
    String::from_utf8(bytes).unwrap()
}

fn harmless(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%/".contains(&byte))
        && path.split('/').skip(1).all(|segment| !matches!(segment, "" | "." | ".."))
}

proptest! {
    #[test]
    fn an_id_is_one_segment_or_an_error(id in ".*") {
        match SessionMessages::new(SessionId::from_wire(&id)).path() {
            Ok(path) => {
                prop_assert!(harmless(&path), "{path}");
                let segments: Vec<&str> = path.split('/').collect();
                prop_assert_eq!(segments.len(), 4);
                prop_assert_eq!(plain(segments[2]), id);
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::InvalidId);
                prop_assert!(matches!(id.as_str(), "" | "." | ".."));
            }
        }
    }

    #[test]
    fn a_path_of_a_file_stays_below_its_route(file in "[a./ ?#%ä\\\\]{0,12}") {
        if let Ok(path) = V2FsRead::new(file.as_str()).path() {
            prop_assert!(harmless(&path), "{path}");
            let rest = path.strip_prefix("/api/fs/read/").unwrap();
            prop_assert_eq!(plain(rest), file);
        }
    }

    #[test]
    fn a_query_says_what_it_was_given(value in ".*") {
        let mut query = Query::default();
        query.push("location[directory]", &value);
        query.push("b", 1);
        let text = query.to_string();
        let value_text = text.strip_prefix("location%5Bdirectory%5D=").unwrap().strip_suffix("&b=1").unwrap();
        prop_assert!(!value_text.contains(['&', '=', '+', '#', '/']), "{text}");
        prop_assert_eq!(plain(value_text), value);
    }
}

#[test]
fn names_that_are_resolved_are_refused() {
    for name in ["", ".", ".."] {
        assert_eq!(McpConnect::new(name).path().unwrap_err().kind(), ErrorKind::InvalidId);
    }
    assert_eq!(McpConnect::new("a/..").path().unwrap(), "/mcp/a%2F../connect");
}
