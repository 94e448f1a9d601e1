//! What rules decide.

use opencode_wire::drive::Decision;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn request(permission: &str, patterns: &[&str]) -> PermissionRequest {
    let request = json!({
        "id": "per_1", "sessionID": "ses_1", "permission": permission, "patterns": patterns, "always": [],
    });
    serde_json::from_value(request).unwrap()
}

fn denied(message: Option<&str>) -> Verdict {
    Verdict::Deny { message: message.map(str::to_owned) }
}

#[test]
fn what_no_rule_matches_is_denied() {
    assert_eq!(Rules::deny_all().decide(&request("read", &["a"])), denied(None));
    let rules = Rules::deny_all().with_default_message("Only reading.").allow("read");
    assert_eq!(rules.decide(&request("read", &["a"])), Verdict::Allow);
    assert_eq!(rules.decide(&request("bash", &["ls"])), denied(Some("Only reading.")));
    assert_eq!(Rules::default(), Rules::deny_all());
}

#[test]
fn the_last_rule_that_matches_counts() {
    let rules =
        Rules::deny_all().allow("*").deny("bash").ask_only("bash", "git *").allow_only("bash", "git log *");
    for (command, verdict) in [
        ("make", denied(None)),
        ("git push", Verdict::Ask),
        ("git log", Verdict::Allow),
        ("git", Verdict::Ask),
    ] {
        assert_eq!(rules.decide(&request("bash", &[command])), verdict, "{command}");
    }
    assert_eq!(rules.decide(&request("edit", &["a"])), Verdict::Allow);
    assert_eq!(rules.ask("*").decide(&request("bash", &["git log"])), Verdict::Ask);
}

#[test]
fn one_thing_that_is_denied_denies_all_and_the_first_word_is_said() {
    let rules = Rules::deny_all()
        .allow("bash")
        .ask_only("bash", "make *")
        .deny_only("bash", "rm *")
        .deny_because("bash", "sudo *", "No rights.")
        .deny_because("bash", "curl *", "No network.");
    for (commands, verdict) in [
        (&["ls", "ls"][..], Verdict::Allow),
        (&["ls", "make"], Verdict::Ask),
        (&["make", "ls"], Verdict::Ask),
        (&["make", "rm a", "make"], denied(None)),
        (&["rm a", "sudo ls", "curl a", "rm b", "make"], denied(Some("No rights."))),
    ] {
        assert_eq!(rules.decide(&request("bash", commands)), verdict, "{commands:?}");
    }
}

#[test]
fn a_request_that_names_nothing_names_everything() {
    let rules = Rules::deny_all().allow_only("bash", "git *");
    assert_eq!(rules.decide(&request("bash", &[])), denied(None));
    assert_eq!(rules.allow("bash").decide(&request("bash", &[])), Verdict::Allow);
}

#[test]
fn a_verdict_is_what_the_server_is_answered() {
    assert_eq!(Verdict::Allow.into_decision(), Some(Decision::AllowOnce));
    assert_eq!(denied(Some("No.")).into_decision(), Some(Decision::reject_because("No.")));
    assert_eq!(denied(None).into_decision(), Some(Decision::Reject { message: None }));
    assert_eq!(Verdict::Ask.into_decision(), None);
}

fn session_rules(rules: &Rules) -> Vec<String> {
    let rules = rules.to_session_rules();
    rules.iter().map(|rule| format!("{} {} {}", rule.permission, rule.pattern, rule.action)).collect()
}

#[test]
fn rules_of_a_session_begin_by_denying_everything_but_the_answer() {
    let rules = Rules::deny_all().allow("read").deny_because("bash", "rm *", "No.").ask("bash");
    assert_eq!(
        session_rules(&rules),
        ["* * deny", "StructuredOutput * allow", "read * allow", "bash rm * deny", "bash * ask"]
    );
}

/// A sub-agent would get a denial that counts nowhere else.
#[test]
fn rules_of_a_session_leave_out_what_a_rule_for_everything_overrules() {
    let rules = Rules::deny_all().deny("read").allow("*").ask("bash");
    assert_eq!(session_rules(&rules), ["* * allow", "bash * ask"]);
    let rules = Rules::deny_all().allow("*").deny("*").ask("bash");
    assert_eq!(session_rules(&rules), ["* * deny", "StructuredOutput * allow", "bash * ask"]);
}

fn some_rules() -> impl Strategy<Value = Rules> {
    let action = prop_oneof![
        Just(Action::Allow),
        Just(Action::Ask),
        Just(Action::Deny { message: None }),
        Just(Action::deny_because("No.")),
    ];
    let rule = ("bash|edit|[*]", "[ab*?]{0,3}", action);
    prop::collection::vec(rule, 0..5).prop_map(|rules| {
        let add = |all: Rules, (permission, target, action): (String, String, Action)| {
            all.rule(&permission, &target, action)
        };
        rules.into_iter().fold(Rules::deny_all(), add)
    })
}

proptest! {
    /// The order in which a request names things changes nothing but the words, and no other thing allows more.
    #[test]
    fn the_strictest_of_all_things_counts(rules in some_rules(), targets in prop::collection::vec("[ab]{1,3}", 1..4)) {
        let strictness = |verdict: &Verdict| match verdict {
            Verdict::Allow => 0,
            Verdict::Ask => 1,
            Verdict::Deny { .. } => 2,
        };
        let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
        let each = targets.iter().map(|target| strictness(&rules.decide(&request("bash", &[target]))));
        prop_assert_eq!(Some(strictness(&rules.decide(&request("bash", &targets)))), each.max());
    }

    /// A rule that is added decides what it matches, and nothing else.
    #[test]
    fn a_rule_that_is_added_decides_what_it_matches(rules in some_rules(), target in "[ab]{1,3}", pattern in "[ab*?]{0,3}") {
        let request = request("bash", &[&target]);
        let is_matched = Rules::deny_all().ask_only("bash", &pattern).decide(&request) == Verdict::Ask;
        let before = rules.decide(&request);
        let expected = if is_matched { Verdict::Ask } else { before };
        prop_assert_eq!(rules.ask_only("bash", &pattern).decide(&request), expected);
    }
}
