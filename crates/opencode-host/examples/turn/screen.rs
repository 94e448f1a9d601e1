//! What a person sees of a turn.

use std::io;

use opencode_host::prelude::*;
use opencode_host::wire::ids::{PartId, SessionId};
use opencode_host::wire::model::{ErrorName, PartKind, Todo, ToolStatus};

use crate::pen::{Pen, SharedPen};
use crate::style::{Style, first_line, harmless};
use crate::tool;

/// How much of an error message is shown.
const MAX_MESSAGE: usize = 200;

/// Shows a turn as it goes on.
#[derive(Debug)]
pub(crate) struct Screen {
    pen: SharedPen,
    /// The part whose text was written last; its next word goes on where that ended.
    speaking: Option<PartId>,
    /// Tool calls that have not ended, with the line that tells of each.
    running: Vec<(PartId, String)>,
    /// The todo list as it was shown last: servers tell it twice, by an event and by the call that wrote it.
    todos: Vec<(Style, String)>,
}

impl Screen {
    /// An empty screen.
    pub(crate) fn new() -> Self {
        Self { pen: SharedPen::new(), speaking: None, running: Vec::new(), todos: Vec::new() }
    }

    /// The pen, for those who ask.
    pub(crate) fn pen(&self) -> SharedPen {
        self.pen.clone()
    }

    /// Shows a change.
    pub(crate) fn show(&mut self, reply: &Reply, change: &Change) -> io::Result<()> {
        let shared = self.pen.clone();
        let pen = &mut *shared.lock();
        let depth = depth(reply, &change.session_id);
        match &change.kind {
            ChangeKind::Text { part_id, delta } if depth == 0 => {
                self.speak(pen, part_id, Style::Plain, delta)?;
            }
            ChangeKind::Reasoning { part_id, delta } if depth == 0 => {
                self.speak(pen, part_id, Style::Dim, delta)?;
            }
            // Sub-agents speak at the same time: each of their texts is shown when it is whole.
            ChangeKind::PartFinished { part_id } if depth > 0 => self.quote(pen, reply, part_id, depth)?,
            ChangeKind::PartReplaced { part_id } if depth == 0 => {
                self.remark(pen, 0, "the text is another now:")?;
                self.quote(pen, reply, part_id, 0)?;
            }
            ChangeKind::PartAbandoned { part_id } => {
                self.running.retain(|(running, _)| running != part_id);
                self.remark(pen, depth, "that try failed, and does not count")?;
            }
            ChangeKind::Tool { part_id, .. } => self.tool(pen, reply, part_id, depth)?,
            ChangeKind::Todos(todos) => self.todos(pen, todos, depth)?,
            ChangeKind::ChildStarted { .. } => {
                let title = title(reply, &change.session_id);
                self.remark(pen, depth, &format!("sub-agent: {title}"))?;
            }
            ChangeKind::Retrying(retry) => {
                let reason = first_line(&retry.message, MAX_MESSAGE);
                self.remark(pen, depth, &format!("retry {}: {reason}", retry.attempt.get()))?;
            }
            ChangeKind::Failed(error) if error.name != ErrorName::Aborted => {
                let message = first_line(&error.data.message, MAX_MESSAGE);
                self.remark(pen, depth, &format!("{}: {message}", error.name))?;
            }
            ChangeKind::Gap => self.remark(pen, depth, "some events were missed; asking the server")?,
            ChangeKind::Compacted => {
                self.remark(pen, depth, "the conversation was summarised to make room")?
            }
            ChangeKind::SessionDeleted => self.remark(pen, depth, "the session was deleted")?,
            _ => {}
        }
        pen.set_live(self.running.iter().map(|(_, line)| line.clone()).collect())?;
        pen.flush()
    }

    /// Shows the last words: calls that were cut off, and how it ended.
    pub(crate) fn finish(&mut self, lines: &[(Style, String)]) -> io::Result<()> {
        let shared = self.pen.clone();
        let pen = &mut *shared.lock();
        pen.set_live(Vec::new())?;
        for (_, line) in self.running.drain(..) {
            pen.line(Style::Dim, &format!("{line} (not finished)"))?;
        }
        pen.paragraph()?;
        for (style, line) in lines {
            pen.line(*style, line)?;
        }
        pen.flush()
    }

    /// Writes the next words of a part.
    fn speak(&mut self, pen: &mut Pen, part_id: &PartId, style: Style, words: &str) -> io::Result<()> {
        if self.speaking.as_ref() != Some(part_id) {
            pen.paragraph()?;
            if style == Style::Dim && !pen.is_terminal() {
                pen.line(style, "(thinking)")?;
            }
            self.speaking = Some(part_id.clone());
        }
        pen.write(style, words)
    }

    /// Writes the whole text of a part.
    fn quote(&mut self, pen: &mut Pen, reply: &Reply, part_id: &PartId, depth: usize) -> io::Result<()> {
        let Some(part) = reply.part(part_id) else { return Ok(()) };
        let Some(text) = part.text() else { return Ok(()) };
        let style = if matches!(part.part.kind, PartKind::Reasoning(_)) { Style::Dim } else { Style::Plain };
        self.speaking = None;
        for line in text.text.trim().lines() {
            pen.line(style, &format!("{}{line}", indent(depth)))?;
        }
        Ok(())
    }

    fn tool(&mut self, pen: &mut Pen, reply: &Reply, part_id: &PartId, depth: usize) -> io::Result<()> {
        let Some(call) = reply.part(part_id).and_then(|part| part.tool()) else { return Ok(()) };
        // What it did is shown as the todo list that it wrote.
        if call.tool == "todowrite" && call.state.status != ToolStatus::Error {
            return Ok(());
        }
        let line = format!("{}{}", indent(depth), tool::line(call));
        let known = self.running.iter().position(|(running, _)| running == part_id);
        if call.state.status.is_terminal() {
            if let Some(index) = known {
                self.running.remove(index);
            }
            pen.set_live(Vec::new())?;
            self.speaking = None;
            return pen.line(tool::style(call), &line);
        }
        if known.is_none() && !pen.is_terminal() && call.state.status == ToolStatus::Running {
            pen.line(Style::Plain, &line)?;
        }
        match known {
            Some(index) => self.running[index].1 = line,
            // The arguments of a call that is pending are not known: its line would say nothing.
            None if call.state.status == ToolStatus::Running => self.running.push((part_id.clone(), line)),
            None => {}
        }
        self.speaking = None;
        pen.end_line()
    }

    fn todos(&mut self, pen: &mut Pen, todos: &[Todo], depth: usize) -> io::Result<()> {
        let lines: Vec<_> = todos.iter().map(|todo| todo_line(todo, depth + 1)).collect();
        if self.todos == lines {
            return Ok(());
        }
        self.speaking = None;
        for (style, line) in &lines {
            pen.line(*style, line)?;
        }
        self.todos = lines;
        Ok(())
    }

    fn remark(&mut self, pen: &mut Pen, depth: usize, text: &str) -> io::Result<()> {
        self.speaking = None;
        pen.line(Style::Dim, &format!("{}-- {text}", indent(depth)))
    }
}

fn todo_line(todo: &Todo, depth: usize) -> (Style, String) {
    let (mark, style) = match todo.status.as_str() {
        "completed" => ("x", Style::Dim),
        "in_progress" | "in-progress" => (">", Style::Plain),
        "cancelled" => ("-", Style::Dim),
        _ => (" ", Style::Plain),
    };
    (style, format!("{}[{mark}] {}", indent(depth), harmless(&todo.content)))
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

/// How many sessions stand above one: none for the turn's own.
fn depth(reply: &Reply, session_id: &SessionId) -> usize {
    let mut depth = 0;
    let mut at = Some(session_id);
    while let Some(session) = at.and_then(|id| reply.sessions().iter().find(|session| session.id == *id)) {
        at = session.parent_id.as_ref();
        depth += usize::from(at.is_some());
    }
    depth
}

fn title(reply: &Reply, session_id: &SessionId) -> String {
    let session = reply.sessions().iter().find(|session| session.id == *session_id);
    session.map(|session| harmless(&session.title).into_owned()).unwrap_or_default()
}
