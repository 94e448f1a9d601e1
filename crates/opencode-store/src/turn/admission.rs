//! A prompt that is to become a turn.

use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

use super::{Delivery, TurnRecord};
use crate::error::Result;
use crate::session::Subject;
use crate::text::{check_key, check_text};

/// A prompt that is to become a turn.
///
/// # Examples
///
/// ```
/// use opencode_store::session::Subject;
/// use opencode_store::turn::{Admission, Delivery};
/// use opencode_wire::ids::MessageId;
/// use opencode_wire::model::Json;
///
/// # fn example(message_id: MessageId) -> Result<(), Box<dyn std::error::Error>> {
/// let subject = Subject::new("acme", "conversation/42")?;
/// let prompt = Json::from_value("Explain monads in two sentences.")?;
/// let admission = Admission::new(subject, message_id, prompt)
///     .with_idempotency_key("request-7f3a")
///     .with_delivery(Delivery::Queue);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Admission {
    /// Whose turn it is.
    pub subject: Subject,
    /// The id that the prompt is posted with. It is minted by the host, so that the prompt can be found again.
    pub message_id: MessageId,
    /// What makes two admissions the same one, within the subject. Without it the message id does.
    pub idempotency_key: Option<String>,
    /// The prompt, in the host's own form. The store does not look into it.
    pub prompt: Json,
    /// What happens when the session is busy.
    pub delivery: Delivery,
}

impl Admission {
    /// A prompt that waits in line when the session is busy.
    #[must_use]
    pub fn new(subject: Subject, message_id: MessageId, prompt: Json) -> Self {
        Self { subject, message_id, idempotency_key: None, prompt, delivery: Delivery::default() }
    }

    /// Sets what makes two admissions the same one: at most 512 bytes.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// Sets what happens when the session is busy.
    #[must_use]
    pub fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// What two admissions with the same key must agree on, checked to be fit for every database.
    pub(crate) fn payload(&self) -> Result<Payload> {
        check_key("message id", self.message_id.as_str())?;
        if let Some(key) = &self.idempotency_key {
            check_key("idempotency key", key)?;
        }
        check_text("prompt", self.prompt.as_str())?;
        Ok(Payload::of(self.delivery, self.prompt.as_str()))
    }
}

/// What two admissions with the same key must agree on: delivery and prompt, as a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payload(pub(crate) String);

impl Payload {
    fn of(delivery: Delivery, prompt: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(delivery.as_str().as_bytes()).update(b"\n").update(prompt.as_bytes());
        Self(hasher.finalize().to_hex()[..32].to_owned())
    }
}

/// The receipt of an admission.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Admitted {
    /// The turn. Of a repeated admission it is the first one's, as it is by now, with its message id.
    pub turn: TurnRecord,
    /// Whether the same had been admitted before.
    pub repeated: bool,
}

impl Admitted {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(turn: TurnRecord, repeated: bool) -> Self {
        Self { turn, repeated }
    }
}
