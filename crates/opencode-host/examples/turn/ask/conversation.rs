//! Asking a person, and waiting for what they type.

use std::io;

use opencode_host::prelude::*;
use opencode_host::wire::model::Question;

use super::{answer, words};
use crate::keyboard::Keyboard;
use crate::pen::SharedPen;
use crate::style::Style;

/// What the model is told when the person has closed the input.
const GONE: &str = "The person at the terminal has left, so it was refused.";

/// Asks until there is a decision. Nothing else is written meanwhile.
pub(super) async fn hold(
    pen: &SharedPen,
    keyboard: &mut Keyboard,
    blocker: &Blocker,
) -> io::Result<Decision> {
    keyboard.forget();
    let mut conversation = Conversation::begin(pen)?;
    let decision = match blocker {
        Blocker::Permission(request) => {
            conversation.say(&words::permission(request))?;
            let prompt = words::permission_choices(request);
            conversation.ask(keyboard, &prompt, answer::permission).await?
        }
        Blocker::Question(request) => conversation.ask_each(keyboard, &request.questions).await?,
        _ => Some(Decision::Leave),
    };
    Ok(decision.unwrap_or_else(|| Decision::reject_because(GONE)))
}

/// A person is being asked.
struct Conversation<'a> {
    pen: &'a SharedPen,
    /// The cursor stands behind a prompt that has no answer yet.
    is_waiting: bool,
}

impl<'a> Conversation<'a> {
    fn begin(pen: &'a SharedPen) -> io::Result<Self> {
        pen.lock().hold()?;
        Ok(Self { pen, is_waiting: false })
    }

    fn say(&self, text: &str) -> io::Result<()> {
        self.pen.lock().write_now(Style::Bold, &format!("{text}\n"))
    }

    /// Prompts until what is typed can be read; `None` when nothing will be typed any more.
    async fn ask<T>(
        &mut self,
        keyboard: &mut Keyboard,
        prompt: &str,
        read: impl Fn(&str) -> Option<T> + Send,
    ) -> io::Result<Option<T>> {
        loop {
            self.pen.lock().write_now(Style::Plain, prompt)?;
            self.is_waiting = true;
            let Some(line) = keyboard.line().await else { return Ok(None) };
            self.is_waiting = false;
            if let Some(answer) = read(line.trim()) {
                return Ok(Some(answer));
            }
        }
    }

    async fn ask_each(
        &mut self,
        keyboard: &mut Keyboard,
        questions: &[Question],
    ) -> io::Result<Option<Decision>> {
        let mut answers = Vec::new();
        for question in questions {
            self.say(&words::question(question))?;
            let prompt = words::question_choices(question);
            match self.ask(keyboard, &prompt, |line| answer::question(question, line)).await? {
                Some(answer) => answers.push(answer),
                None => return Ok(None),
            }
        }
        Ok(Some(Decision::Answer(answers)))
    }
}

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        let mut pen = self.pen.lock();
        // The question was taken back: answered elsewhere, or the turn has ended. When the terminal is gone, whoever
        // writes next is told so.
        if self.is_waiting {
            let _: io::Result<()> = pen.write_now(Style::Dim, "\n(no answer needed any more)\n");
        }
        let _: io::Result<()> = pen.release();
    }
}
