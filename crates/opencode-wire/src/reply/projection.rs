//! Views of a reply: its text, its tools, what it used. Computed when asked for; nothing is copied before.

use super::{Reply, ReplyPart, Usage};
use crate::ids::SessionId;
use crate::model::{Json, Message, MessageError, PartKind, Todo};

/// What stands between two texts of a reply.
const SEPARATOR: &str = "\n\n";

impl Reply {
    /// The answer's text so far: the text parts of the prompted session, joined by blank lines.
    ///
    /// Copies the whole text: ask at the end, or now and then, and follow
    /// [`ChangeKind::Text`](super::ChangeKind::Text) meanwhile.
    #[must_use]
    pub fn text(&self) -> String {
        self.join(|kind| match kind {
            PartKind::Text(text) if text.ignored != Some(true) => Some(&text.text),
            _ => None,
        })
    }

    /// What the model thought so far, joined by blank lines.
    #[must_use]
    pub fn reasoning(&self) -> String {
        self.join(|kind| match kind {
            PartKind::Reasoning(text) => Some(&text.text),
            _ => None,
        })
    }

    fn join<'a>(&'a self, pick: impl Fn(&'a PartKind) -> Option<&'a String>) -> String {
        let texts: Vec<&str> = self
            .parts()
            .into_iter()
            .filter_map(|part| pick(&part.part.kind))
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        texts.join(SEPARATOR)
    }

    /// The parts of the prompted session's answer in reading order, without those of failed tries and without the
    /// summaries that compactions wrote.
    #[must_use]
    pub fn parts(&self) -> Vec<&ReplyPart> {
        self.parts_of(self.session_id())
    }

    /// The same for one session of the tree.
    #[must_use]
    pub fn parts_of(&self, session_id: &SessionId) -> Vec<&ReplyPart> {
        let mut parts: Vec<_> = self
            .all_parts()
            .filter(|part| part.part.session_id == *session_id && !part.abandoned)
            .filter(|part| !self.lineage.entry(part.message).is_summary())
            .collect();
        parts.sort_by(|one, other| {
            (&one.part.message_id, &one.part.id).cmp(&(&other.part.message_id, &other.part.id))
        });
        parts
    }

    /// Every part of every session, in no order.
    fn all_parts(&self) -> impl Iterator<Item = &ReplyPart> {
        self.parts.iter().filter(|part| self.is_answer(part))
    }

    /// The tool calls of the prompted session, in reading order.
    pub fn tools(&self) -> impl Iterator<Item = &ReplyPart> {
        self.parts().into_iter().filter(|part| part.tool().is_some())
    }

    /// What the turn used so far: summed over the steps of all its sessions, each step once.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.steps().filter_map(ReplyPart::usage).sum()
    }

    /// The parts that end the steps of all its sessions, those of compactions too, in no order: what
    /// [`usage`](Self::usage) counts.
    pub fn steps(&self) -> impl Iterator<Item = &ReplyPart> {
        self.all_parts().filter(|part| matches!(part.part.kind, PartKind::StepFinish(_)))
    }

    /// The todo list of the prompted session, as told last.
    #[must_use]
    pub fn todos(&self) -> &[Todo] {
        self.todos_of(self.session_id())
    }

    /// The todo list of a session of the tree, as told last.
    #[must_use]
    pub fn todos_of(&self, session_id: &SessionId) -> &[Todo] {
        self.todos.get(session_id).map_or(&[], Vec::as_slice)
    }

    /// The messages of the answer in the prompted session, oldest first: one for each step.
    #[must_use]
    pub fn messages(&self) -> Vec<&Message> {
        self.lineage.answers()
    }

    /// The message that ends the answer so far; summaries of compactions do not count.
    #[must_use]
    pub fn last_message(&self) -> Option<&Message> {
        self.messages().into_iter().rfind(|message| !message.is_compaction_summary())
    }

    /// The answer to a prompt that asked for structured output.
    #[must_use]
    pub fn structured(&self) -> Option<&Json> {
        self.messages().into_iter().rev().find_map(|message| message.structured.as_ref())
    }

    /// What failed during the turn, in the order in which it was told. Not all of it ended the turn.
    pub fn errors(&self) -> impl Iterator<Item = (&SessionId, &MessageError)> {
        self.errors.iter().map(|failure| (&failure.session_id, &failure.error))
    }

    /// What ended a turn that gave no answer, if it failed: the first error says what is wrong, and the server repeats
    /// it with a stack trace. Once there is a newer prompt, an error may be about that one.
    pub(crate) fn failure(&self) -> Option<&MessageError> {
        let is_only = self.newer_prompt().is_none();
        let failure = self
            .errors
            .iter()
            .find(|failure| failure.session_id == *self.session_id() && (is_only || failure.is_own))?;
        Some(&failure.error)
    }

    /// The files that the turn wrote, as far as the server says so: patches first, then the calls of tools that write.
    ///
    /// The paths are the agent's words: check them before you open one.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut add = |file: &str| {
            if !file.is_empty() && !files.iter().any(|known| known == file) {
                files.push(file.to_owned());
            }
        };
        let sessions: Vec<_> = self.tree.sessions().iter().map(|session| session.id.clone()).collect();
        for session_id in &sessions {
            for part in self.parts_of(session_id) {
                match &part.part.kind {
                    PartKind::Patch(patch) => patch.files.iter().for_each(|file| add(file)),
                    PartKind::Tool(tool) => written_file(tool).iter().for_each(|file| add(file)),
                    _ => {}
                }
            }
        }
        files
    }
}

/// The file that a completed call wrote.
fn written_file(tool: &crate::model::ToolPart) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Input {
        #[serde(rename = "filePath")]
        file_path: String,
    }
    let writes = matches!(tool.tool.as_str(), "write" | "edit" | "multiedit");
    if !writes || tool.state.status != crate::model::ToolStatus::Completed {
        return None;
    }
    let input: Input = serde_json::from_str(tool.state.input.as_ref()?.as_str()).ok()?;
    Some(input.file_path)
}
