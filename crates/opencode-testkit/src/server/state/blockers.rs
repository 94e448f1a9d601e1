//! Open permission requests and questions, and what becomes of them.

use serde_json::{Value, json};

use super::State;
use crate::server::text::wildcard_matches;

/// What kind of answer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockerKind {
    /// Answered with once, always or reject.
    Permission,
    /// Answered with choices, or rejected.
    Question,
}

/// One open request.
#[derive(Debug)]
pub(crate) struct Blocker {
    pub(crate) id: String,
    pub(crate) kind: BlockerKind,
    pub(crate) directory: String,
    /// What `GET /permission` or `GET /question` lists.
    pub(crate) request: Value,
    /// Set when answered; the player takes it from there.
    pub(crate) ruling: Option<Ruling>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ruling {
    /// A permission for this call, or for all alike.
    Allowed,
    /// A refusal, with what the user said.
    Rejected(Option<String>),
    /// A refusal by the session's own rules: nobody was asked.
    Denied,
    /// The chosen labels, one list per question.
    Answered(Value),
}

impl State {
    /// Publishes a request and lists it.
    pub(crate) fn ask(&mut self, kind: BlockerKind, session_id: &str, mut request: Value) -> String {
        let (prefix, event) = match kind {
            BlockerKind::Permission => ("per", "permission.asked"),
            BlockerKind::Question => ("que", "question.asked"),
        };
        let id = self.ids.ascending(prefix);
        request["id"] = json!(id);
        request["sessionID"] = json!(session_id);
        let session = self.sessions.get(session_id);
        let directory = session.map(|session| session.directory.clone()).unwrap_or_default();
        self.blockers.push(Blocker {
            id: id.clone(),
            kind,
            directory,
            request: request.clone(),
            ruling: None,
        });
        self.emit(session_id, event, request);
        id
    }

    /// The open requests of a directory.
    pub(crate) fn open_blockers(&self, kind: BlockerKind, directory: &str) -> Vec<Value> {
        self.blockers
            .iter()
            .filter(|blocker| {
                blocker.kind == kind && blocker.ruling.is_none() && blocker.directory == directory
            })
            .map(|blocker| blocker.request.clone())
            .collect()
    }

    /// Answers a permission request; `false` when it is not open.
    pub(crate) fn reply_permission(&mut self, id: &str, reply: &str, message: Option<&str>) -> bool {
        let Some(index) = self.open_index(id, BlockerKind::Permission) else { return false };
        let ruling = match reply {
            "reject" => Ruling::Rejected(message.map(str::to_owned)),
            _ => Ruling::Allowed,
        };
        self.rule(index, ruling);
        self.emit_replied(index, "permission.replied", "reply", json!(reply));
        let session_id = self.blockers[index].request["sessionID"].clone();
        if reply == "always" {
            self.allow_always(index);
        }
        // One refusal refuses everything else that the session asks for at that moment.
        let others: Vec<usize> = (0..self.blockers.len())
            .filter(|other| match reply {
                "always" => self.is_allowed(*other),
                "reject" => self.blockers[*other].request["sessionID"] == session_id,
                _ => false,
            })
            .filter(|other| self.blockers[*other].kind == BlockerKind::Permission)
            .filter(|other| self.blockers[*other].ruling.is_none())
            .collect();
        for other in others {
            self.rule(other, if reply == "always" { Ruling::Allowed } else { Ruling::Rejected(None) });
            self.emit_replied(other, "permission.replied", "reply", json!(reply));
        }
        true
    }

    /// Answers (`Some`) or rejects (`None`) a question; `false` when it is not open.
    pub(crate) fn reply_question(&mut self, id: &str, answers: Option<&Value>) -> bool {
        let Some(index) = self.open_index(id, BlockerKind::Question) else { return false };
        match answers {
            Some(answers) => {
                self.rule(index, Ruling::Answered(answers.clone()));
                self.emit_replied(index, "question.replied", "answers", answers.clone());
            }
            None => {
                self.rule(index, Ruling::Rejected(None));
                let request = &self.blockers[index].request;
                let session_id = request["sessionID"].as_str().unwrap_or_default().to_owned();
                let properties = json!({"sessionID": session_id, "requestID": id});
                self.emit(&session_id, "question.rejected", properties);
            }
        }
        true
    }

    /// Takes the answer to a request, if there is one.
    pub(crate) fn take_ruling(&mut self, id: &str) -> Option<Ruling> {
        let index = self.blockers.iter().position(|blocker| blocker.id == id && blocker.ruling.is_some())?;
        self.blockers.remove(index).ruling
    }

    /// Whether the session's rules or an earlier `always` decide a request without asking.
    pub(crate) fn standing_ruling(
        &self,
        session_id: &str,
        permission: &str,
        patterns: &[String],
    ) -> Option<Ruling> {
        let session = self.sessions.get(session_id)?;
        let by_rule = |pattern: &String| {
            let rules = session.info["permission"].as_array()?;
            let fits = |rule: &&Value| {
                wildcard_matches(rule["permission"].as_str().unwrap_or_default(), permission)
                    && wildcard_matches(rule["pattern"].as_str().unwrap_or_default(), pattern)
            };
            rules.iter().rev().find(fits)?["action"].as_str()
        };
        if patterns.iter().any(|pattern| by_rule(pattern) == Some("deny")) {
            return Some(Ruling::Denied);
        }
        let allowed = patterns.iter().all(|pattern| {
            by_rule(pattern) == Some("allow") || self.covers(&session.directory, permission, pattern)
        });
        (allowed && !patterns.is_empty()).then_some(Ruling::Allowed)
    }

    fn open_index(&self, id: &str, kind: BlockerKind) -> Option<usize> {
        self.blockers
            .iter()
            .position(|blocker| blocker.id == id && blocker.kind == kind && blocker.ruling.is_none())
    }

    fn rule(&mut self, index: usize, ruling: Ruling) {
        self.blockers[index].ruling = Some(ruling);
    }

    fn emit_replied(&mut self, index: usize, event: &str, field: &str, value: Value) {
        let blocker = &self.blockers[index];
        let session_id = blocker.request["sessionID"].as_str().unwrap_or_default().to_owned();
        let mut properties = json!({"sessionID": session_id, "requestID": blocker.id});
        properties[field] = value;
        self.emit(&session_id, event, properties);
    }

    fn allow_always(&mut self, index: usize) {
        let blocker = &self.blockers[index];
        let permission = blocker.request["permission"].as_str().unwrap_or_default();
        let patterns = blocker.request["always"].as_array().into_iter().flatten();
        let granted: Vec<_> = patterns
            .filter_map(Value::as_str)
            .map(|pattern| (blocker.directory.clone(), permission.to_owned(), pattern.to_owned()))
            .collect();
        self.allowed.extend(granted);
    }

    fn is_allowed(&self, index: usize) -> bool {
        let blocker = &self.blockers[index];
        let permission = blocker.request["permission"].as_str().unwrap_or_default();
        let patterns = blocker.request["patterns"].as_array();
        patterns.is_some_and(|patterns| {
            patterns
                .iter()
                .filter_map(Value::as_str)
                .all(|pattern| self.covers(&blocker.directory, permission, pattern))
        })
    }

    fn covers(&self, directory: &str, permission: &str, pattern: &str) -> bool {
        self.allowed.iter().any(|(place, kind, granted)| {
            place == directory && kind == permission && wildcard_matches(granted, pattern)
        })
    }
}
