//! Questions and permission requests: what a person may answer, and how an answer gets to whoever works on the turn.

mod answer;
mod answering;

pub use self::answer::Answer;
pub use self::answering::answer;
