//! What belongs to a turn, and how it ended.

use super::*;

#[test]
fn t_e01_an_exchange_of_no_messages_has_no_artifacts() {
    let exchange = exchange(Vec::new());
    assert_eq!(all_of(&exchange), ToolArtifacts::default());
    assert_eq!((exchange.text().as_str(), exchange.usage(), exchange.finish()), ("", Usage::default(), None));
    assert!(!exchange.reply().is_accepted() && exchange.error().is_none() && exchange.structured().is_none());
}

#[test]
fn t_e02_an_exchange_without_an_answer_has_no_artifacts() {
    let foreign = step(3, 2, "stop", vec![text("Not ours."), write(3, "a.txt", "not ours")]);
    let exchange = exchange(vec![prompt(1, text("Go.")), prompt(2, text("And you?")), foreign]);
    assert_eq!(all_of(&exchange), ToolArtifacts::default());
    assert_eq!(exchange.text(), "");
}

/// W-11: only what came after the last message in a person's name was taken for the answer.
#[test]
fn w11_a_compaction_is_inside_the_turn() {
    let exchange = exchange(compacted());
    assert_eq!(exchange.text(), "Before.\n\nAfter.");
    assert_eq!(files(&all_of(&exchange)), [("a.txt", "one")]);
    assert_eq!(exchange.finish(), Some("stop"));
}

/// W-12: the turn was found by the text of its prompt, which plugins rewrite and people repeat.
#[test]
fn w12_a_turn_is_found_by_its_id_whatever_the_prompt_says() {
    let mut messages = compacted();
    messages[1] = prompt(1, text("Rewritten by a plugin."));
    assert_eq!(exchange(messages).text(), "Before.\n\nAfter.");
    // A history that was shortened: nothing is left in front of the prompt.
    assert_eq!(exchange(compacted().split_off(1)).text(), "Before.\n\nAfter.");
    let later = Exchange::new(SESSION.parse().unwrap(), "msg_007".parse().unwrap(), compacted());
    assert_eq!(later.text(), "A later answer.");
}

/// W-13: only the last step was counted, and reasoning never.
#[test]
fn w13_usage_is_that_of_all_steps() {
    let usage = exchange(compacted()).usage();
    assert_eq!((usage.steps, usage.input, usage.output, usage.reasoning), (3, 350, 35, 12));
    assert!((usage.cost - 0.46).abs() < 1e-9, "{}", usage.cost);
}

/// W-14: a step that was told twice was counted twice.
#[test]
fn w14_a_step_counts_once() {
    let once = exchange(compacted()).usage();
    let mut twice = compacted();
    twice.extend(compacted());
    assert_eq!(exchange(twice).usage(), once);
}

/// W-61: what was rebuilt was the last step alone.
#[test]
fn w61_earlier_steps_are_there() {
    let exchange = exchange(vec![
        prompt(1, text("Go.")),
        step(
            2,
            1,
            "tool-calls",
            vec![json!({ "type": "reasoning", "text": "Hm.", "time": { "end": 1 } }), text("One.")],
        ),
        step(3, 1, "tool-calls", vec![text("Two.")]),
        step(4, 1, "length", vec![text("Three.")]),
    ]);
    assert_eq!((exchange.text().as_str(), exchange.reasoning().as_str()), ("One.\n\nTwo.\n\nThree.", "Hm."));
    assert_eq!((exchange.messages().len(), exchange.finish()), (3, Some("length")));
}

#[test]
fn the_last_step_says_how_the_turn_failed() {
    let failed = json!({ "name": "APIError", "data": { "message": "overloaded", "statusCode": 529, "isRetryable": true } });
    let info = json!({ "role": "assistant", "parentID": "msg_001", "error": failed });
    let first = step(2, 1, "tool-calls", vec![text("One.")]);
    let exchange = exchange(vec![prompt(1, text("Go.")), first, message(SESSION, 3, info, Vec::new())]);
    let error = exchange.error().unwrap();
    assert_eq!((error.name.as_str(), error.data.message.as_str()), ("APIError", "overloaded"));
    assert_eq!(exchange.text(), "One.", "what was said before is there");
}

#[test]
fn structured_output_is_there() {
    let info =
        json!({ "role": "assistant", "parentID": "msg_001", "finish": "stop", "structured": { "n": 1 } });
    let exchange = exchange(vec![prompt(1, text("Go.")), message(SESSION, 2, info, Vec::new())]);
    assert_eq!(exchange.structured().unwrap().to_value(), json!({ "n": 1 }));
}
