//! What a person says, and whether it answers what was asked.

use opencode_store::blocker::{BlockerKind, BlockerRecord, NewBlocker};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::drive::Decision;
use opencode_wire::model::{Json, Question, QuestionRequest};
use serde::{Deserialize, Serialize};

/// What a person says to a question or a permission request.
///
/// As JSON it is an object whose `reply` says what it is: `{"reply":"once"}`, `{"reply":"always"}`,
/// `{"reply":"reject","message":"not today"}` or `{"reply":"answers","answers":[["Red"]]}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// Let it happen this time.
    Once,
    /// Let it happen, and everything that matches the request's `always` patterns, in every session of the directory,
    /// until the server restarts.
    Always,
    /// Refuse.
    Reject {
        /// What the model is told, so that it goes on another way. Without it the turn ends here. Only for
        /// permissions: the server has no place for it with questions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Answer a question.
    Answers {
        /// For each of its questions, in their order, the labels that are chosen, or words of one's own; nothing for
        /// a question that is left open.
        answers: Vec<Vec<String>>,
    },
}

impl Answer {
    /// Refuses without a word, which ends the turn.
    #[must_use]
    pub const fn reject() -> Self {
        Self::Reject { message: None }
    }

    /// Refuses, and tells the model why.
    #[must_use]
    pub fn reject_because(message: impl Into<String>) -> Self {
        Self::Reject { message: Some(message.into()) }
    }

    /// Chooses one label for each question.
    #[must_use]
    pub fn labels<T: Into<String>>(labels: impl IntoIterator<Item = T>) -> Self {
        Self::Answers { answers: labels.into_iter().map(|label| vec![label.into()]).collect() }
    }

    /// The answer that is stored with a request, if there is one.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](ErrorKind::Corrupt) when what is stored there is no such answer.
    pub fn of(record: &BlockerRecord) -> Result<Option<Self>> {
        let answer = record.answer.as_ref().map(Json::parse).transpose();
        answer.map_err(|source| {
            let message = format!("the answer to {} cannot be read", record.request.request_id);
            Error::new(ErrorKind::Corrupt, message).with_source(source).with_turn(record.turn)
        })
    }

    /// Checks that it answers what was asked.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) with a sentence that says what is wrong and what would be right: the
    /// answer is one to a request of another kind, there are more or fewer answers than questions, several labels
    /// where one may be chosen, or one that is not offered where words of one's own are not allowed.
    /// [`Corrupt`](ErrorKind::Corrupt) when the stored request is none.
    pub fn check(&self, request: &NewBlocker) -> Result<()> {
        let id = &request.request_id;
        match (request.kind, self) {
            (BlockerKind::Permission, Self::Once | Self::Always | Self::Reject { .. })
            | (BlockerKind::Question, Self::Reject { message: None }) => Ok(()),
            (BlockerKind::Permission, Self::Answers { .. }) => Err(invalid(format!(
                "{id} asks for a permission and not a question: answer `once`, `always` or `reject`"
            ))),
            (BlockerKind::Question, Self::Reject { message: Some(_) }) => Err(invalid(format!(
                "{id} is a question, which is refused without a message: leave it out, or say it as an answer"
            ))),
            (BlockerKind::Question, Self::Once | Self::Always) => Err(invalid(format!(
                "{id} is a question and asks for no permission: answer with `answers`, or `reject` it"
            ))),
            (BlockerKind::Question, Self::Answers { answers }) => {
                let asked: QuestionRequest = request.payload.parse().map_err(|source| {
                    Error::new(ErrorKind::Corrupt, format!("question {id} cannot be read"))
                        .with_source(source)
                })?;
                check_answers(id, &asked.questions, answers)
            }
            (kind, _) => Err(Error::new(
                ErrorKind::Unsupported,
                format!("{id} is a request of a kind that cannot be answered here: {}", kind.as_str()),
            )),
        }
    }
}

impl From<Answer> for Decision {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Once => Self::AllowOnce,
            Answer::Always => Self::AllowAlways,
            Answer::Reject { message } => Self::Reject { message },
            Answer::Answers { answers } => Self::Answer(answers),
        }
    }
}

fn check_answers(id: &str, questions: &[Question], answers: &[Vec<String>]) -> Result<()> {
    if answers.len() != questions.len() {
        return Err(invalid(format!(
            "{id} asks {} and got {}: give one list for each question, in their order, and an empty one for what is left open",
            counted(questions.len(), "question"),
            counted(answers.len(), "answer"),
        )));
    }
    for (number, (question, chosen)) in questions.iter().zip(answers).enumerate() {
        let (number, given) = (number + 1, chosen.len());
        if given > 1 && question.multiple != Some(true) {
            return Err(invalid(format!(
                "question {number} of {id} takes one answer and got {given}: choose one"
            )));
        }
        let is_offered = |label: &&String| question.options.iter().any(|option| option.label == **label);
        if question.custom == Some(false) && !chosen.iter().all(|label| is_offered(&label)) {
            return Err(invalid(format!(
                "question {number} of {id} takes its own labels alone: choose among them, letter for letter"
            )));
        }
    }
    Ok(())
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn permission() -> NewBlocker {
        NewBlocker::new("per_1", "ses_1".parse().unwrap(), BlockerKind::Permission, Json::default())
    }

    /// A colour, which has to be one of two, and any number of tools of one's own.
    fn question() -> NewBlocker {
        let option = |label: &str| json!({ "label": label, "description": "" });
        let questions = json!([
            { "question": "Which?", "header": "Colour", "options": [option("Red"), option("Blue")], "custom": false },
            { "question": "With what?", "header": "Tools", "options": [option("Pen")], "multiple": true },
        ]);
        let payload = json!({ "id": "que_1", "sessionID": "ses_1", "questions": questions });
        NewBlocker::new("que_1", "ses_1".parse().unwrap(), BlockerKind::Question, Json::from(payload))
    }

    fn answers(answers: &[&[&str]]) -> Answer {
        let owned = |labels: &&[&str]| labels.iter().map(|&label| label.to_owned()).collect();
        Answer::Answers { answers: answers.iter().map(owned).collect() }
    }

    #[test]
    fn an_answer_is_the_same_after_it_was_stored() {
        for (answer, text) in [
            (Answer::Once, r#"{"reply":"once"}"#),
            (Answer::Always, r#"{"reply":"always"}"#),
            (Answer::reject(), r#"{"reply":"reject"}"#),
            (Answer::reject_because("No."), r#"{"reply":"reject","message":"No."}"#),
            (answers(&[&["Red"], &[]]), r#"{"reply":"answers","answers":[["Red"],[]]}"#),
        ] {
            assert_eq!(serde_json::to_string(&answer).unwrap(), text);
            assert_eq!(serde_json::from_str::<Answer>(text).unwrap(), answer);
        }
    }

    #[test]
    fn an_answer_becomes_what_the_server_is_told() {
        assert_eq!(Decision::from(Answer::Once), Decision::AllowOnce);
        assert_eq!(Decision::from(Answer::Always), Decision::AllowAlways);
        assert_eq!(Decision::from(Answer::reject()), Decision::Reject { message: None });
        assert_eq!(Decision::from(Answer::reject_because("No.")), Decision::reject_because("No."));
        assert_eq!(Decision::from(Answer::labels(["Red", "Pen"])), Decision::answer(["Red", "Pen"]));
    }

    #[test]
    fn what_answers_is_taken() {
        for answer in [Answer::Once, Answer::Always, Answer::reject(), Answer::reject_because("No.")] {
            answer.check(&permission()).unwrap();
        }
        Answer::reject().check(&question()).unwrap();
        for given in [&[&["Blue"][..], &["Pen", "a knife of my own"]], &[&[], &[]], &[&["Red"], &["Pen"]]] {
            answers(given).check(&question()).unwrap();
        }
    }

    #[test]
    fn what_does_not_answer_is_refused_with_the_way_out() {
        for (answer, request, says) in [
            (
                answers(&[&["yes"]]),
                permission(),
                "per_1 asks for a permission and not a question: answer `once`, `always` or `reject`",
            ),
            (
                Answer::Always,
                question(),
                "que_1 is a question and asks for no permission: answer with `answers`, or `reject` it",
            ),
            (
                Answer::reject_because("No."),
                question(),
                "que_1 is a question, which is refused without a message: leave it out, or say it as an answer",
            ),
            (
                answers(&[&["Red"]]),
                question(),
                "que_1 asks 2 questions and got 1 answer: give one list for each question, in their order, and an empty one for what is left open",
            ),
            (
                answers(&[&["Red", "Blue"], &[]]),
                question(),
                "question 1 of que_1 takes one answer and got 2: choose one",
            ),
            (
                answers(&[&["red"], &[]]),
                question(),
                "question 1 of que_1 takes its own labels alone: choose among them, letter for letter",
            ),
        ] {
            let error = answer.check(&request).unwrap_err();
            assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, says));
        }
    }

    #[test]
    fn a_stored_question_that_is_none_is_said_so() {
        let mut request = question();
        request.payload = Json::from(json!({ "id": "que_1" }));
        assert_eq!(Answer::labels(["Red"]).check(&request).unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
