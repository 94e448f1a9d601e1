//! Where the description is not the whole truth: a table of named exceptions, each with its reason.
//!
//! Each must be used exactly as often as it says. One that fits nowhere any more, or suddenly twice, fails.

use anyhow::{Result, ensure};

/// What an exception does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fix {
    /// The operation is not generated: it is no request with one answer.
    ByHand,
    /// The `*` at the end of the path stands for a path, in the field that is named.
    Wildcard(&'static str),
    /// The field may be missing, though the description requires it.
    Optional,
    /// The field may be `null`, though the description does not say so.
    Nullable,
    /// The schema is left as JSON.
    AsJson,
    /// The number is a time, which may also be text.
    Time,
    /// The number in the query is a whole one, though the description does not say so.
    Whole,
    /// The schema's type has another name than that which its own name would make.
    Name(&'static str),
}

/// One exception.
#[derive(Debug)]
pub(super) struct Fixup {
    pub(super) fix: Fix,
    /// The operation's id, or the schema's name with the fields below it; with `*.` before it, what ends so.
    pub(super) what: &'static str,
    pub(super) times: usize,
    pub(super) why: &'static str,
}

const TABLE: &[Fixup] = &[
    Fixup { fix: Fix::ByHand, what: "event.subscribe", times: 1, why: STREAM },
    Fixup { fix: Fix::ByHand, what: "global.event", times: 1, why: STREAM },
    Fixup { fix: Fix::ByHand, what: "v2.event.subscribe", times: 1, why: STREAM },
    Fixup { fix: Fix::ByHand, what: "v2.session.events", times: 1, why: STREAM },
    Fixup { fix: Fix::ByHand, what: "pty.connect", times: 1, why: SOCKET },
    Fixup { fix: Fix::ByHand, what: "v2.pty.connect", times: 1, why: SOCKET },
    Fixup {
        fix: Fix::Wildcard("path"),
        what: "v2.fs.read",
        times: 1,
        why: "the description writes the path of the file as `*` and names no parameter for it",
    },
    Fixup {
        fix: Fix::Optional,
        what: "GlobalEvent.directory",
        times: 1,
        why: "the first event of every connection is about no directory",
    },
    Fixup { fix: Fix::Whole, what: "*.limit", times: 4, why: "a count" },
    Fixup { fix: Fix::Whole, what: "*.start", times: 2, why: "a time in milliseconds" },
    Fixup { fix: Fix::Whole, what: "*.cursor", times: 1, why: "a time in milliseconds" },
    Fixup {
        fix: Fix::Time,
        what: "*.timestamp",
        times: 32,
        why: "the description says a number, and events of streams have it as text: `2026-11-20T22:28:55.307Z`",
    },
    Fixup { fix: Fix::Name("SessionStatusEvent"), what: "session.status", times: 1, why: TWIN },
    Fixup { fix: Fix::Name("QuestionRepliedEvent"), what: "question.replied", times: 1, why: TWIN },
    Fixup { fix: Fix::Name("QuestionRejectedEvent"), what: "question.rejected", times: 1, why: TWIN },
    Fixup {
        fix: Fix::Name("TuiCommandExecuteEvent"),
        what: "Event.tui.command.execute",
        times: 1,
        why: TWIN,
    },
    Fixup { fix: Fix::Name("TuiPromptAppendEvent"), what: "Event.tui.prompt.append", times: 1, why: TWIN },
    Fixup { fix: Fix::Name("TuiSessionSelectEvent"), what: "Event.tui.session.select", times: 1, why: TWIN },
    Fixup { fix: Fix::Name("TuiToastShowEvent"), what: "Event.tui.toast.show", times: 1, why: TWIN },
];

impl Fixup {
    fn names(&self, what: &str) -> bool {
        match self.what.strip_prefix('*') {
            Some(end) => what.ends_with(end),
            None => self.what == what,
        }
    }
}

const STREAM: &str = "an event stream has no end that could be waited for; `Client::listen` follows it, and `EventBody::frames` reads those of the newer API";
const TWIN: &str =
    "an event of a stream, and another schema differs from it by nothing but the way its name is written";
const SOCKET: &str = "a websocket, which is no request with one answer; `Client::connect_pty` and `Client::connect_v2_pty` speak it";

/// The table, and how often each of its lines was used.
pub(super) struct Fixups {
    table: &'static [Fixup],
    used: Vec<usize>,
}

impl Fixups {
    pub(super) fn new() -> Self {
        Self::of(TABLE)
    }

    /// No exceptions.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self::of(&[])
    }

    fn of(table: &'static [Fixup]) -> Self {
        Self { table, used: vec![0; table.len()] }
    }

    /// The exception of a kind for something.
    pub(super) fn apply(&mut self, fix: Fix, what: &str) -> Option<&'static Fixup> {
        self.find(what, |fixup| fixup.fix == fix)
    }

    /// The field that stands for the `*` in the path of an operation.
    pub(super) fn wildcard(&mut self, what: &str) -> Option<&'static str> {
        match self.find(what, |fixup| matches!(fixup.fix, Fix::Wildcard(_)))?.fix {
            Fix::Wildcard(field) => Some(field),
            _ => None,
        }
    }

    /// The name of the type of a schema, where it is not its own.
    pub(super) fn name(&mut self, what: &str) -> Option<&'static str> {
        match self.find(what, |fixup| matches!(fixup.fix, Fix::Name(_)))?.fix {
            Fix::Name(name) => Some(name),
            _ => None,
        }
    }

    fn find(&mut self, what: &str, fits: impl Fn(&Fixup) -> bool) -> Option<&'static Fixup> {
        let index = self.table.iter().position(|fixup| fixup.names(what) && fits(fixup))?;
        self.used[index] += 1;
        self.table.get(index)
    }

    /// Fails when an exception was not used exactly as often as it says.
    pub(super) fn check(&self) -> Result<()> {
        for (fixup, used) in self.table.iter().zip(&self.used) {
            ensure!(
                fixup.times == *used,
                "the fix-up {:?} of {} fits {used} times and not {}: look at fixups.rs",
                fixup.fix,
                fixup.what,
                fixup.times
            );
        }
        Ok(())
    }

    /// All of them, for the document that lists them.
    pub(super) fn all(&self) -> &'static [Fixup] {
        self.table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_what_is_before_a_field() {
        const ANY: &[Fixup] = &[Fixup { fix: Fix::AsJson, what: "*.b", times: 2, why: "it is so" }];
        let mut fixups = Fixups::of(ANY);
        let fits =
            ["A.b", "A.c.b", "A.ab", "A.b.c", "b"].map(|what| fixups.apply(Fix::AsJson, what).is_some());
        assert_eq!(fits, [true, true, false, false, false]);
        assert!(fixups.check().is_ok());
    }

    const ONE: &[Fixup] = &[Fixup { fix: Fix::Optional, what: "A.b", times: 1, why: "it is so" }];

    #[test]
    fn a_fixup_that_fits_never_or_twice_fails() {
        let mut fixups = Fixups::of(ONE);
        assert!(fixups.check().is_err());
        assert!(fixups.apply(Fix::Optional, "A.c").is_none());
        assert!(fixups.apply(Fix::AsJson, "A.b").is_none());
        assert!(fixups.apply(Fix::Optional, "A.b").is_some());
        assert!(fixups.check().is_ok());
        fixups.apply(Fix::Optional, "A.b");
        assert!(fixups.check().is_err());
    }
}
