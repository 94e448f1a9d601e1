//! What is asked for, of whom.

use super::*;

/// What is asked for by a model of this name, step by step: the tools of each, the last of which has none.
fn asked(model: &str, tools: &[&str], agents: &[&str]) -> Vec<Vec<String>> {
    let prompt = json!({ "role": "user", "content": patcher::prompt("hello-facts.txt") });
    let mut request = ChatRequest {
        is_mentioned: false,
        session_id: None,
        parent_session_id: None,
        model: model.to_owned(),
        stream: true,
        messages: vec![prompt],
        tools: tools.iter().map(ToString::to_string).collect(),
        agents: agents.iter().map(ToString::to_string).collect(),
    };
    let mut steps = Vec::new();
    loop {
        let tools: Vec<_> = answer(&request)
            .into_iter()
            .filter_map(|op| if let Op::Tool { name, .. } = op { Some(name) } else { None })
            .collect();
        steps.push(tools);
        if steps.last().is_some_and(Vec::is_empty) {
            return steps;
        }
        request.messages.push(json!({ "role": "assistant", "content": "" }));
    }
}

#[test]
fn files_are_written_edited_and_patched() {
    let tools = ["todowrite", "write", "edit", "task", "bash"];
    let steps = asked("scripted-1", &tools, &["general", "patcher"]);
    let writes = ["write"; 3];
    let expected: [&[&str]; 7] =
        [&["todowrite"], &writes, &["edit"], &["task"], &["bash"], &["todowrite"], &[]];
    assert_eq!(steps, expected);
    assert_eq!(asked(patcher::MODEL, &["apply_patch", "bash"], &[]), [&["apply_patch"][..], &[]]);
}

#[test]
fn only_what_is_offered_is_used() {
    assert_eq!(asked("scripted-1", &["write", "task"], &["general"]), [&["write"; 3][..], &[]]);
    assert_eq!(asked("scripted-1", &["edit", "task"], &["patcher"]), [&[][..] as &[&str]]);
    assert_eq!(asked("scripted-1", &["read", "bash"], &[]), [&["bash"][..], &[]]);
    assert_eq!(asked(patcher::MODEL, &["bash"], &[]), [&[][..] as &[&str]]);
}

#[test]
fn what_is_changed_is_what_was_written() {
    let plan = Plan::new("Write hello.txt with a greeting.");
    assert_eq!(
        [plan.shown.as_str(), &plan.edited, &plan.patched],
        ["hello.txt", "hello-notes.md", "hello-facts.txt"]
    );
    let [shown, edited, patched] = ["hello.txt", "hello-notes.md", "hello-facts.txt"];
    for (ops, texts) in [
        (plan.write(), vec![shown, edited, patched, EDIT[0]]),
        (plan.edit(), vec![edited, EDIT[0], EDIT[1]]),
        (plan.patch(), vec![patched]),
        (plan.command(), vec![shown]),
    ] {
        let ops = format!("{ops:?}");
        assert!(texts.iter().all(|text| ops.contains(text)), "{ops}");
    }
}

#[test]
fn without_tools_the_answer_is_one_honest_text() {
    let request = ChatRequest {
        is_mentioned: false,
        session_id: None,
        parent_session_id: None,
        model: String::new(),
        stream: true,
        messages: vec![json!({ "role": "user", "content": "Hello" })],
        tools: Vec::new(),
        agents: Vec::new(),
    };
    let ops = answer(&request);
    assert!(matches!(&ops[..], [Op::Text { text, .. }] if text.contains("no AI answered")), "{ops:?}");
}
