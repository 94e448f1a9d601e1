//! Whole turns against the real OpenCode server, with a scripted model behind it.
//!
//! Skipped, with a line that says so, where no server is to be had; see [`opencode_testkit::real`].
//!
//! Tests named `tNN_…` are about a surprise of the server that a client must survive:
//!
//! | trap | where |
//! |---|---|
//! | 1 events are lost unless one listens first, and for a moment after the server says that one does | `traps` |
//! | 2 an abort tells idle twice, or for nothing | `stops` |
//! | 3 the last answer need not answer the prompt's own message | `compactions` |
//! | 4 busy is told again and again | `traps` |
//! | 5 an unknown agent is accepted and fails with nothing but an error | `refusals` |
//! | 6 an error need not be the end, and a failure need not tell an error | `failures`, `compactions` |
//! | 7 a second try says everything again | `failures` |
//! | 8 a stopped turn may leave no error | `stops` |
//! | 9 a text that grows is not stored | `attaching` |
//! | 10 a killed server leaves messages that never end | `restarts` |
//! | 11 a refusal without a word ends the turn like a success | `blockers` |
//! | 12 requests are told once, under the sub-agent's session | `blockers`, `subagents`, `stops` |
//! | 13 a deleted session works on | `gone` |
//! | 14 a prompt with a format makes the messages of its session unreadable | `structured` |
//! | 15 large answers | `messages`; the call whose answer can hang is not used for turns |
//! | 16 answers without a reason, tools that do not exist | `failures`, `tools` |
//! | 17 the changes to files are told after the end | `sessions` |
//! | 18 halves of characters | `texts` |
//! | 19 dozens of events about other things | `traps` |
//! | 20 unknown routes are web pages | `refusals` |
//! | 21 answers that take as long as a turn | `traps` |
//! | 24 durable events are told twice, the second time with a number | `calls` |
//! | 25 a directory can be disposed of | `calls` |
//!
//! Not to be seen from here: the stream of `/api/event` that ends by itself (22) and its timestamps in two notations
//! (23), because no call of this crate uses it; the minute that five failed tries take until they are given up, and
//! bodies of gigabytes, because nobody would wait for the test.

mod attaching;
mod blockers;
mod busy;
mod calls;
mod compactions;
mod disconnects;
mod failures;
mod gone;
mod ids;
mod messages;
#[cfg(feature = "operations")]
mod operations;
mod proxy;
mod refusals;
mod restarts;
mod rig;
#[cfg(feature = "operations")]
#[rustfmt::skip]
mod safe;
mod sessions;
mod stops;
mod structured;
mod subagents;
mod texts;
mod tools;
mod traps;
