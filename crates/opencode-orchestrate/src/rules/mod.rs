//! What is allowed, refused or asked, decided before any person is asked.
//!
//! [`Rules`] are written as the server's own are, and mean the same: an ordered list of patterns for the kind of
//! action and for what it acts on, of which the last one that matches counts. In two things they differ. What no rule
//! matches is denied here, and asked about there; and a refusal here can say something to the model.
//!
//! A server only asks for what its own rules say `ask` about, and by default it allows nearly everything. So either
//! its sessions get the rule `*`, `*`, `ask`, and all of it is decided here, or they get
//! [`Rules::to_session_rules`], and the server decides it itself.

mod pattern;
#[cfg(test)]
mod tests;
mod verdict;

use opencode_wire::model::{PermissionAction, PermissionRequest, PermissionRule};

use self::pattern::{Pattern, Target};

pub use self::verdict::{Action, Verdict};

/// What matches everything.
const EVERYTHING: &str = "*";

/// What is allowed, refused or asked. The last rule that matches counts; what none matches is denied.
///
/// Patterns mean what they mean on a server on Linux or macOS: `*` is any text, with `/` and line breaks in it; `?` is
/// one UTF-16 code unit; ` *` at the end may be missing from the target, so that `git *` matches `git` as well; `\` is
/// the same as `/`; everything else is itself. A server on Windows makes no difference between `RM` and `rm`, and these
/// rules do: allow what is known to be harmless there instead of refusing what is known to be harmful.
///
/// What is matched is what the server asks about. Of a command line it is each command by itself, with what redirects
/// its output: `echo *` matches `echo a > file`. Of a file it is the path from the root of the git repository; from the
/// root of the file system where the directory is in none, without the first `/`.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::rules::{Rules, Verdict};
/// use opencode_wire::model::PermissionRequest;
///
/// let rules = Rules::deny_all()
///     .allow("read")
///     .ask("bash")
///     .allow_only("bash", "git status *")
///     .deny_because("bash", "git push *", "Nothing leaves this machine.");
///
/// let asks = |commands: &[&str]| -> PermissionRequest {
///     let request = serde_json::json!({
///         "id": "per_1", "sessionID": "ses_1", "permission": "bash", "patterns": commands, "always": [],
///     });
///     serde_json::from_value(request).expect("a request")
/// };
/// assert_eq!(rules.decide(&asks(&["git status"])), Verdict::Allow);
/// assert_eq!(rules.decide(&asks(&["git status", "make"])), Verdict::Ask);
/// let message = Some("Nothing leaves this machine.".to_owned());
/// assert_eq!(rules.decide(&asks(&["make", "git push --force"])), Verdict::Deny { message });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Rules {
    rules: Vec<Rule>,
    /// What the model is told about what no rule matches.
    message: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    permission: Pattern,
    target: Pattern,
    action: Action,
}

impl Rules {
    /// Denies everything: what later rules do not match stays denied.
    pub const fn deny_all() -> Self {
        Self { rules: Vec::new(), message: None }
    }

    /// Sets what the model is told about what no rule matches. Without it the turn ends at such a refusal.
    pub fn with_default_message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Allows a kind of action, such as `read`, whatever it acts on.
    pub fn allow(self, permission: &str) -> Self {
        self.allow_only(permission, EVERYTHING)
    }

    /// Allows a kind of action on what a pattern matches: `bash` for `git status *`, `edit` for `src/*`.
    pub fn allow_only(self, permission: &str, target: &str) -> Self {
        self.rule(permission, target, Action::Allow)
    }

    /// Has a person asked about a kind of action.
    pub fn ask(self, permission: &str) -> Self {
        self.ask_only(permission, EVERYTHING)
    }

    /// Has a person asked about a kind of action on what a pattern matches.
    pub fn ask_only(self, permission: &str, target: &str) -> Self {
        self.rule(permission, target, Action::Ask)
    }

    /// Denies a kind of action. The turn ends at the refusal.
    pub fn deny(self, permission: &str) -> Self {
        self.deny_only(permission, EVERYTHING)
    }

    /// Denies a kind of action on what a pattern matches. The turn ends at the refusal.
    pub fn deny_only(self, permission: &str, target: &str) -> Self {
        self.rule(permission, target, Action::Deny { message: None })
    }

    /// Denies a kind of action on what a pattern matches, and tells the model why, so that it goes on another way.
    pub fn deny_because(self, permission: &str, target: &str, message: impl Into<String>) -> Self {
        self.rule(permission, target, Action::deny_because(message))
    }

    /// Adds a rule, which counts more than those before it: a pattern for the kind of action, one for what it acts on,
    /// and what to do.
    pub fn rule(mut self, permission: &str, target: &str, action: Action) -> Self {
        self.rules.push(Rule { permission: Pattern::new(permission), target: Pattern::new(target), action });
        self
    }

    /// Decides a request.
    ///
    /// A request may name several things, such as the commands of one line, and each is judged by itself: what denies
    /// one of them denies all, and what asks about one asks about all. Where several are denied, the model is told what
    /// the first rule that says something says.
    ///
    /// A request that names nothing is judged as one that names `*`, as the server writes for tools whose calls it
    /// cannot tell apart. The server itself lets such a request pass, so that none is known to come.
    pub fn decide(&self, request: &PermissionRequest) -> Verdict {
        let permission = Target::new(&request.permission);
        let judge = |target: &str| self.judge(&permission, &Target::new(target));
        let verdicts = request.patterns.iter().map(|target| judge(target));
        verdicts.reduce(Verdict::and).unwrap_or_else(|| judge(EVERYTHING))
    }

    /// Decides one of the things that a request names.
    fn judge(&self, permission: &Target, target: &Target) -> Verdict {
        let last = self
            .rules
            .iter()
            .rfind(|rule| rule.permission.matches(permission) && rule.target.matches(target));
        match last.map(|rule| &rule.action) {
            None => Verdict::Deny { message: self.message.clone() },
            Some(Action::Deny { message }) => Verdict::Deny { message: message.clone() },
            Some(Action::Allow) => Verdict::Allow,
            Some(Action::Ask) => Verdict::Ask,
        }
    }

    /// The same rules for a session of the server, which then follows them itself: for
    /// [`SessionConfig`](opencode_store::session::SessionConfig) or
    /// [`CreateSession`](opencode_wire::api::CreateSession).
    ///
    /// They begin with one that denies everything, so that nothing of the server's own configuration is left. Three
    /// things are the server's way then: its refusals tell the model the rules instead of a message, and the turn goes
    /// on; a tool that is denied as a whole is not offered to the model at all; and an answer of "always" counts more
    /// than any rule.
    ///
    /// The session of a sub-agent gets the denials alone, and the server's configuration decides about the rest there.
    /// So a sub-agent of a session that begins with a denial of everything can do nothing, whatever is allowed after
    /// it. Where sub-agents shall work, begin with `.allow("*")` or `.ask("*")`, and deny what nobody may do.
    #[must_use]
    pub fn to_session_rules(&self) -> Vec<PermissionRule> {
        // What stands before the last rule for everything counts nowhere, but a sub-agent would get its denials.
        let first = self.rules.iter().rposition(Rule::is_for_everything);
        let rules = &self.rules[first.unwrap_or_default()..];
        let mut session_rules = Vec::with_capacity(rules.len() + 2);
        if first.is_none() {
            session_rules.push(PermissionRule::new(EVERYTHING, EVERYTHING, PermissionAction::Deny));
            session_rules.push(answering());
        }
        for rule in rules {
            session_rules.push(rule.to_session_rule());
            if rule.is_for_everything() && matches!(rule.action, Action::Deny { .. }) {
                session_rules.push(answering());
            }
        }
        session_rules
    }
}

/// The tool by which structured answers are given. It can do nothing else, and without it there is no answer.
fn answering() -> PermissionRule {
    PermissionRule::new("StructuredOutput", EVERYTHING, PermissionAction::Allow)
}

impl Rule {
    fn is_for_everything(&self) -> bool {
        self.permission.as_str() == EVERYTHING && self.target.as_str() == EVERYTHING
    }

    fn to_session_rule(&self) -> PermissionRule {
        let action = match self.action {
            Action::Allow => PermissionAction::Allow,
            Action::Deny { .. } => PermissionAction::Deny,
            Action::Ask => PermissionAction::Ask,
        };
        PermissionRule::new(self.permission.as_str(), self.target.as_str(), action)
    }
}

impl Default for Rules {
    /// [`Rules::deny_all`].
    fn default() -> Self {
        Self::deny_all()
    }
}
