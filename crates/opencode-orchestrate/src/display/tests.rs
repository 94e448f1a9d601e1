//! What is shown of calls.

use opencode_wire::ids::CallId;
use opencode_wire::model::ToolState;
use serde_json::json;

use super::*;

/// A call, from the state that the server tells.
fn call(tool: &str, state: Value) -> ToolPart {
    let state: ToolState = serde_json::from_value(state).unwrap();
    ToolPart { call_id: CallId::from_wire("call_1"), tool: tool.to_owned(), state, metadata: None }
}

#[expect(clippy::needless_pass_by_value, reason = "it is written where it is passed")]
fn completed(tool: &str, input: Value) -> ToolPart {
    call(tool, json!({ "status": "completed", "input": input }))
}

/// Kind, gerund, icon, title and title in the past.
fn words(part: &ToolPart) -> String {
    let display = ToolDisplay::new(part);
    let (kind, gerund, icon) = (display.kind(), display.gerund(), display.icon());
    format!("{kind} | {gerund} | {icon} | {} | {}", display.title(), display.past_tense_title())
}

#[test]
fn n17_each_tool_has_its_words() {
    let file = || json!({ "filePath": "src/main.rs" });
    let query = || json!({ "query": "monads" });
    for (tool, input, expected) in [
        ("read", file(), "Read | Reading | document | Read: src/main.rs | Read src/main.rs"),
        ("write", json!({ "path": "a.md" }), "Write | Writing | document_plus | Write: a.md | Wrote a.md"),
        ("edit", file(), "Edit | Editing | pencil_square | Edit: src/main.rs | Edited src/main.rs"),
        ("multiedit", file(), "Edit | Editing | pencil_square | Edit: src/main.rs | Edited src/main.rs"),
        (
            "apply_patch",
            json!({ "patchText": "*** Begin Patch\n*** Add File: a.rs\n+x\n*** Update File: b.rs\n*** End Patch" }),
            "Patch | Applying changes | pencil_square | Patch: a.rs and 1 more | Applied changes to a.rs and 1 more",
        ),
        ("bash", json!({ "command": "ls" }), "Bash | Running command | command_line | Bash: ls | Ran ls"),
        (
            "grep",
            json!({ "pattern": "fn" }),
            "Grep | Searching files | document_magnifying_glass | Grep: fn | Searched for fn",
        ),
        (
            "glob",
            json!({ "pattern": "*.rs" }),
            "Glob | Searching files | magnifying_glass | Glob: *.rs | Searched for *.rs",
        ),
        ("list", json!({ "path": "src" }), "LS | Listing files | rectangle_stack | LS: src | Listed src"),
        ("ls", json!({}), "LS | Listing files | rectangle_stack | LS | Listed"),
        (
            "webfetch",
            json!({ "url": "https://a.example" }),
            "Fetch | Reading web page | globe | Fetch: https://a.example | Fetched https://a.example",
        ),
        (
            "local-web-search_search_web",
            json!({ "q": "monads" }),
            "Web search | Searching the web | globe | Web search: monads | Searched monads",
        ),
        (
            "websearch",
            query(),
            "Web search | Searching the web | globe | Web search: monads | Searched monads",
        ),
        (
            "codesearch",
            query(),
            "Code search | Searching code | magnifying_glass | Code search: monads | Searched code for monads",
        ),
        (
            "exa_get_code_context_exa",
            query(),
            "Code lookup | Looking up code | document_magnifying_glass | Code lookup: monads | Looked up monads",
        ),
        (
            "company_research_exa",
            query(),
            "Company research | Researching company | globe | Company research: monads | Researched monads",
        ),
        ("todowrite", json!({ "todos": [] }), "Plan | Planning | queue_list | Plan | Updated plan"),
        ("todoread", json!({}), "Plan | Reading plan | queue_list | Plan | Read plan"),
        (
            "task",
            json!({ "description": "look around" }),
            "Task | Researching | robot | Task: look around | Ran subtask look around",
        ),
        (
            "skill",
            json!({ "name": "pdf" }),
            "Skill | Loading skill | sparkles | Skill: pdf | Loaded skill pdf",
        ),
    ] {
        assert_eq!(words(&completed(tool, input)), expected, "{tool}");
    }
}

#[test]
fn t_d01_to_d03_the_status_says_how_far_it_has_come() {
    for (status, is_in_flight) in
        [("pending", true), ("running", true), ("completed", false), ("error", false)]
    {
        let part = call("read", json!({ "status": status, "error": "no such file", "output": "text" }));
        let display = ToolDisplay::new(&part);
        assert_eq!((display.status().as_str(), display.is_in_flight()), (status, is_in_flight));
        assert!(display.is_known());
        assert_eq!((display.error(), display.output()), (Some("no such file"), Some("text")));
    }
}

#[test]
fn t_d04_a_tool_that_is_not_known_is_shown_by_its_name_or_the_servers_title() {
    let part = completed("linear_create-issue", json!({ "path": "a" }));
    assert_eq!(
        words(&part),
        "Linear create issue | Linear create issue... | sparkles | Linear create issue | Linear create issue"
    );
    let display = ToolDisplay::new(&part);
    assert!(!display.is_known());
    assert_eq!((display.canonical_name(), display.target()), ("linear_create-issue", None));
    let part = call("linear_create", json!({ "status": "completed", "title": "Issue 7" }));
    assert_eq!(ToolDisplay::new(&part).title(), "Issue 7");
}

#[test]
fn t_d05_nothing_is_shown_of_what_is_missing_or_of_another_shape() {
    for tool in ["", "_", "read", "bash", "grep", "question", "todowrite", "apply_patch"] {
        for (input, metadata) in
            [(json!(null), json!(null)), (json!([1]), json!("text")), (json!({ "todos": 1 }), json!({}))]
        {
            let part = call(tool, json!({ "status": "pending", "input": input, "metadata": metadata }));
            let display = ToolDisplay::new(&part);
            assert_eq!((display.target(), display.todos(), display.match_count()), (None, Vec::new(), None));
            assert_eq!((display.question(), display.command(), display.diff()), (None, None, None));
            assert!(!display.title().is_empty());
        }
    }
}

#[test]
fn n18_a_tool_that_does_not_exist_keeps_its_name() {
    let part = completed("invalid", json!({ "tool": "rad", "error": "no such tool" }));
    assert_eq!((ToolDisplay::new(&part).name(), ToolDisplay::new(&part).title().as_str()), ("rad", "Rad"));
    assert_eq!(ToolDisplay::new(&completed("invalid", json!({}))).name(), "invalid");
}

#[test]
fn n17_files_have_content_language_and_preview() {
    let write = completed("write", json!({ "filePath": "a.py", "content": "pass" }));
    let display = ToolDisplay::new(&write);
    assert_eq!((display.file_content(), display.file_language().as_deref()), (Some("pass"), Some("python")));
    let state = json!({
        "status": "completed", "input": { "filePath": "LICENSE", "content": "x" },
        "metadata": { "preview": "MIT", "diff": "@@" },
    });
    let read = call("read", state);
    let display = ToolDisplay::new(&read);
    assert_eq!((display.file_content(), display.file_language()), (None, None));
    assert_eq!((display.read_preview(), display.diff()), (Some("MIT"), Some("@@")));
}

#[test]
fn n17_searches_count_what_they_found() {
    for (tool, metadata, count) in [
        ("grep", json!({ "matches": 3 }), Some(3)),
        ("glob", json!({ "count": "12" }), Some(12)),
        ("grep", json!({ "count": 3 }), None),
        ("glob", json!({ "count": -1 }), None),
        ("read", json!({ "count": 3, "matches": 3 }), None),
    ] {
        let part = call(tool, json!({ "status": "completed", "metadata": metadata }));
        assert_eq!(ToolDisplay::new(&part).match_count(), count, "{tool}");
    }
}

#[test]
fn w66_an_empty_output_does_not_hide_what_was_printed() {
    for (metadata, printed) in [
        (json!({ "output": "so far" }), "so far"),
        (json!({ "output": "", "stdout": "printed" }), "printed"),
        (json!({ "output": " \n", "stdout": "" }), "the result"),
        (json!(null), "the result"),
    ] {
        let input = json!({ "command": "ls", "description": "Lists files" });
        let state =
            json!({ "status": "completed", "input": input, "output": "the result", "metadata": metadata });
        let part = call("bash", state);
        let display = ToolDisplay::new(&part);
        assert_eq!(display.command_output(), Some(printed));
        assert_eq!((display.command(), display.command_description()), (Some("ls"), Some("Lists files")));
    }
}

#[test]
fn w66_todos_of_one_state_keep_their_order() {
    let entry = |content: &str, status: &str| json!({ "content": content, "status": status });
    let todos = json!([
        entry("a", "cancelled"),
        entry("b", "completed"),
        entry("c", "pending"),
        "no entry",
        entry("d", "in-progress"),
        entry("e", "pending"),
        entry("f", "In Progress"),
        entry("g", "completed"),
    ]);
    let part = completed("todowrite", json!({ "todos": todos }));
    let todos = ToolDisplay::new(&part).todos();
    let shown: Vec<_> = todos.iter().map(|todo| format!("{} {}", todo.content, todo.status)).collect();
    assert_eq!(
        shown,
        [
            "d in_progress",
            "f in_progress",
            "c pending",
            "e pending",
            "b completed",
            "g completed",
            "a cancelled"
        ]
    );
}

#[test]
fn w66_a_question_has_words() {
    let input = json!({ "questions": [{ "question": "Blue or green?", "header": "Colour", "options": [] }] });
    assert_eq!(
        words(&completed("question", input)),
        "Question | Asking | question_mark_circle | Question: Blue or green? | Asked Blue or green?"
    );
}
