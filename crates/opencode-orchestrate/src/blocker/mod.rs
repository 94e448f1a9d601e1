//! Questions and permission requests that find their person: who may answer them, and how an answer gets to whoever
//! works on the turn.

mod answer;
mod answering;
mod broker;
mod desk;
mod policy;

pub use self::answer::Answer;
pub use self::answering::answer;
pub(crate) use self::broker::{Broker, BrokerTools};
pub use self::policy::{Asked, BlockerPolicy, Expiry};
