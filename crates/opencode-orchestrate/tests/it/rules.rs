//! What wildcards match: the facts, which `real::rules` tries on the real server as well.

use opencode_orchestrate::rules::{Rules, Verdict};
use opencode_wire::model::PermissionRequest;
use serde_json::json;

/// A pattern, what it matches, and what it does not.
pub(crate) type Fact = (&'static str, &'static [&'static str], &'static [&'static str]);

/// What the server makes of patterns. No target is empty, because no tool asks about nothing.
pub(crate) const FACTS: [Fact; 29] = [
    (
        "git status",
        &["git status"],
        &["git status -s", "a git status", "Git status", "git  status", "git status "],
    ),
    // A space and a star at the end may be missing together, and only there.
    ("git *", &["git", "git status", "git ", "git a b", "git a\nb"], &["github", "git\tstatus", "a git"]),
    ("git status *", &["git status", "git status -s"], &["git", "git statuses"]),
    ("git  *", &["git ", "git  status"], &["git", "git status"]),
    ("git **", &["git status", "git "], &["git", "github"]),
    ("git * now", &["git push now", "git  now"], &["git now", "git push now "]),
    (" *", &[" ", " a"], &["a", "a "]),
    ("git*", &["git", "github", "git status"], &["agit"]),
    ("*", &["a", "src/a/b", " ", "a\nb", "😀"], &[]),
    ("* -f", &["rm -f", "git push -f", " -f"], &["rm -f a", "-f"]),
    ("*.rs", &[".rs", "a.rs", "src/a/b.rs"], &["a.rst", "ars"]),
    // Nothing stops at a slash.
    ("src/*", &["src/a", "src/a/b", "src/"], &["src", "a/src/b"]),
    ("src/**/a", &["src/b/a", "src/b/c/a", "src//a"], &["src/a"]),
    ("*a*b*", &["ab", "xaybz", "aab"], &["ba", "a"]),
    ("?", &["a", "*", "\n", "é"], &["ab", "😀"]),
    ("??", &["ab", "😀"], &["a", "abc"]),
    ("a?c", &["abc", "a/c", "a.c", "a c"], &["ac", "abbc"]),
    ("a*?", &["ab", "abc"], &["a"]),
    // What means something in a regular expression means nothing.
    ("a.c", &["a.c"], &["abc"]),
    ("[ab]+(c|d)^${1}", &["[ab]+(c|d)^${1}"], &["ac", "a+c"]),
    ("^a$", &["^a$"], &["a"]),
    // A backslash is a slash, and takes no meaning from what follows it.
    ("a\\b", &["a\\b", "a/b"], &["ab"]),
    ("a/b", &["a\\b", "a/b"], &[]),
    ("a\\*", &["a\\*", "a/b", "a/"], &["a*"]),
    ("a\\\\b", &["a//b", "a\\\\b"], &["a/b"]),
    ("RM *", &["RM", "RM a"], &["rm", "rm a"]),
    ("", &[], &["a", " ", "*"]),
    ("é*😀", &["é😀", "éa😀"], &["e\u{301}😀", "É😀"]),
    ("~/*", &["~/a"], &["a", "/a"]),
];

pub(crate) fn request(permission: &str, patterns: &[&str]) -> PermissionRequest {
    let request = json!({
        "id": "per_1", "sessionID": "ses_1", "permission": permission, "patterns": patterns, "always": [],
    });
    serde_json::from_value(request).unwrap()
}

#[test]
fn wildcards_match_what_they_match_on_the_server() {
    for (pattern, matched, others) in FACTS {
        let rules = Rules::deny_all().allow_only("grep", pattern);
        for target in matched {
            assert_eq!(
                rules.decide(&request("grep", &[target])),
                Verdict::Allow,
                "{pattern:?} on {target:?}"
            );
        }
        for target in others {
            let denied = Verdict::Deny { message: None };
            assert_eq!(rules.decide(&request("grep", &[target])), denied, "{pattern:?} on {target:?}");
        }
    }
}
