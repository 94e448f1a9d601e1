//! Writes to the terminal: text that grows, and below it lines that change in place.

use std::io::{self, IsTerminal as _, Stdout, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::style::{Style, harmless};

/// More lines than this would not fit below the text of a small window.
const MAX_LIVE_LINES: usize = 8;

/// The one pen of the program.
#[derive(Debug, Clone)]
pub(crate) struct SharedPen(Arc<Mutex<Pen>>);

impl SharedPen {
    /// Writes to stdout.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Pen::new())))
    }

    /// Takes the pen. Nobody keeps it across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Pen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of what was written so far.
///
/// A file gets the same words without styles and without lines that change.
#[derive(Debug)]
pub(crate) struct Pen {
    out: Stdout,
    is_terminal: bool,
    /// Line ends since the last word: none in the middle of a line, two after an empty line.
    line_ends: usize,
    /// The lines that still change.
    live: Vec<String>,
    /// How many of them stand on the screen now, below everything else.
    n_drawn: usize,
    /// What was written while a person is typing; shown afterwards.
    held: Option<String>,
}

impl Pen {
    fn new() -> Self {
        let out = io::stdout();
        let is_terminal = out.is_terminal();
        // On a terminal the first words keep their distance from the command line.
        let line_ends = if is_terminal { 1 } else { 2 };
        Self { out, is_terminal, line_ends, live: Vec::new(), n_drawn: 0, held: None }
    }

    /// Whether somebody looks on while it is written.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Writes on where the last word ended. Control characters are left out.
    pub(crate) fn write(&mut self, style: Style, text: &str) -> io::Result<()> {
        let text = harmless(text);
        if text.is_empty() {
            return Ok(());
        }
        let words = text.trim_end_matches('\n');
        let n_ends = text.len() - words.len();
        self.line_ends = if words.is_empty() { self.line_ends + n_ends } else { n_ends };
        let painted = if self.is_terminal { style.paint(&text) } else { text.into_owned() };
        self.put(&painted)
    }

    /// Writes a line of its own.
    pub(crate) fn line(&mut self, style: Style, text: &str) -> io::Result<()> {
        self.end_line()?;
        self.write(style, text.trim_end())?;
        self.end_line()
    }

    /// Ends the line, if one has begun.
    pub(crate) fn end_line(&mut self) -> io::Result<()> {
        self.leave_lines(1)
    }

    /// Ends the line and leaves an empty one, unless there is one.
    pub(crate) fn paragraph(&mut self) -> io::Result<()> {
        self.leave_lines(2)
    }

    /// Replaces the lines that still change. A file never sees them.
    pub(crate) fn set_live(&mut self, lines: Vec<String>) -> io::Result<()> {
        if !self.is_terminal || lines == self.live {
            return Ok(());
        }
        self.erase()?;
        self.live = lines;
        Ok(())
    }

    /// Shows what was written, and the lines that still change.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.held.is_none() && self.n_drawn == 0 && self.line_ends > 0 {
            let first = self.live.len().saturating_sub(MAX_LIVE_LINES);
            for line in &self.live[first..] {
                // Without wrapping, a line that is too long is cut by the terminal and stays one line.
                writeln!(self.out, "\x1b[?7l{}\x1b[?7h", Style::Dim.paint(line))?;
            }
            self.n_drawn = self.live.len() - first;
        }
        self.out.flush()
    }

    /// Keeps everything back from here on, because a person is typing.
    pub(crate) fn hold(&mut self) -> io::Result<()> {
        self.end_line()?;
        self.flush()?;
        self.erase()?;
        self.held.get_or_insert_default();
        Ok(())
    }

    /// Writes although everything else is kept back.
    pub(crate) fn write_now(&mut self, style: Style, text: &str) -> io::Result<()> {
        let painted = if self.is_terminal { style.paint(text) } else { text.to_owned() };
        self.out.write_all(painted.as_bytes())?;
        self.out.flush()
    }

    /// Shows what was kept back.
    pub(crate) fn release(&mut self) -> io::Result<()> {
        if let Some(held) = self.held.take() {
            self.out.write_all(held.as_bytes())?;
        }
        self.flush()
    }

    fn leave_lines(&mut self, wanted: usize) -> io::Result<()> {
        let missing = wanted.saturating_sub(self.line_ends);
        self.line_ends += missing;
        self.put(&"\n".repeat(missing))
    }

    fn put(&mut self, painted: &str) -> io::Result<()> {
        if let Some(held) = &mut self.held {
            held.push_str(painted);
            return Ok(());
        }
        if painted.is_empty() {
            return Ok(());
        }
        self.erase()?;
        self.out.write_all(painted.as_bytes())
    }

    /// Takes the changing lines off the screen: up to the first of them, and clear everything below.
    fn erase(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.n_drawn) {
            0 => Ok(()),
            n_lines => write!(self.out, "\x1b[{n_lines}A\r\x1b[J"),
        }
    }
}
