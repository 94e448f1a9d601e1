//! Callers of one process who want the same session at the same time: one of them asks, and the others hear of it.
//!
//! Whoever comes while somebody asks does not take that answer, which may be older than its own question. It waits,
//! together with all who come meanwhile and want the same, for the next: any crowd costs two questions at a time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{SessionConfig, SessionRecord, Subject};
use crate::error::{Error, Result};

/// What somebody wants for a subject: a configuration, and a generation that is known to be gone.
type Wish = (SessionConfig, Option<u64>);
type Listener = oneshot::Sender<Word>;

/// The subjects for which somebody asks, each with those who wait to be next.
#[derive(Debug, Clone, Default)]
pub(super) struct Flights {
    subjects: Arc<Mutex<HashMap<Subject, Option<Crowd>>>>,
}

/// Those who wait to be next, and want the same.
#[derive(Debug)]
struct Crowd {
    wish: Wish,
    listeners: Vec<Listener>,
}

/// What somebody has to do to get the session.
#[derive(Debug)]
pub(super) enum Part {
    /// Ask, and tell the others.
    Lead(Flight),
    /// Ask for itself: those who wait to be next want something else.
    Alone,
    /// Nothing: this is the answer.
    Told(Result<SessionRecord>),
}

#[derive(Debug)]
enum Word {
    Lead(Flight),
    Told(Result<SessionRecord>),
}

impl Flights {
    /// Waits for one's part.
    ///
    /// Cancel safety: whoever goes away while it leads, or is about to, is replaced by one of those who wait.
    pub(super) async fn part(&self, subject: &Subject, wish: Wish) -> Part {
        loop {
            let word = match lock(&self.subjects).entry(subject.clone()) {
                Entry::Vacant(free) => {
                    free.insert(None);
                    return Part::Lead(self.flight(subject, Vec::new()));
                }
                Entry::Occupied(mut taken) => {
                    let (listener, word) = oneshot::channel();
                    let crowd = taken
                        .get_mut()
                        .get_or_insert_with(|| Crowd { wish: wish.clone(), listeners: Vec::new() });
                    if crowd.wish != wish {
                        return Part::Alone;
                    }
                    crowd.listeners.push(listener);
                    word
                }
            };
            match word.await {
                Ok(Word::Lead(flight)) => return Part::Lead(flight),
                Ok(Word::Told(answer)) => return Part::Told(answer),
                // Nobody is left who could tell us; this cannot happen, and asking again is right if it does.
                Err(_gone) => {}
            }
        }
    }

    fn flight(&self, subject: &Subject, listeners: Vec<Listener>) -> Flight {
        Flight { flights: self.clone(), subject: subject.clone(), listeners }
    }
}

/// The right to ask for a subject. When it is dropped, the next one gets it.
#[derive(Debug)]
pub(super) struct Flight {
    flights: Flights,
    subject: Subject,
    listeners: Vec<Listener>,
}

impl Flight {
    /// Tells the others the answer.
    pub(super) fn tell(mut self, answer: Result<&SessionRecord, &Error>) {
        for listener in self.listeners.drain(..) {
            // Who has gone away does not want to know.
            let _gone = listener.send(Word::Told(answer.cloned().map_err(Error::duplicate)));
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut listeners = std::mem::take(&mut self.listeners);
        let mut subjects = lock(&self.flights.subjects);
        listeners.retain(|listener| !listener.is_closed());
        if listeners.is_empty() {
            let next = subjects.get_mut(&self.subject).and_then(Option::take);
            listeners = next.map(|crowd| crowd.listeners).unwrap_or_default();
            listeners.retain(|listener| !listener.is_closed());
        }
        let Some(leader) = listeners.pop() else {
            subjects.remove(&self.subject);
            return;
        };
        drop(subjects);
        let flight = self.flights.flight(&self.subject, listeners);
        // Who has gone away in this moment drops what it is sent, and so hands it on.
        let _handed_on = leader.send(Word::Lead(flight));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use futures_util::future::BoxFuture;

    use super::super::SessionRowId;
    use super::*;
    use crate::millis::timestamp;

    fn subject() -> Subject {
        Subject::new("acme", "conversation/42").unwrap()
    }

    fn session() -> SessionRecord {
        SessionRecord::new(SessionRowId::new(1), subject(), timestamp(0))
    }

    /// Somebody who wants a session in a directory, and has begun to wait.
    fn comer(flights: &Flights, directory: &'static str) -> BoxFuture<'static, Part> {
        let flights = flights.clone();
        let mut part =
            async move { flights.part(&subject(), (SessionConfig::new(directory), None)).await }.boxed();
        assert!((&mut part).now_or_never().is_none(), "somebody else asks");
        part
    }

    fn lead(part: Part) -> Flight {
        let Part::Lead(flight) = part else { panic!("{part:?}") };
        flight
    }

    async fn first(flights: &Flights) -> Flight {
        lead(flights.part(&subject(), (SessionConfig::new("/blue"), None)).await)
    }

    fn is_empty(flights: &Flights) -> bool {
        lock(&flights.subjects).is_empty()
    }

    #[tokio::test]
    async fn a_crowd_asks_once_more_and_not_each_for_itself() {
        let flights = Flights::default();
        let flight = first(&flights).await;
        let mut crowd: Vec<_> = (0..10).map(|_| comer(&flights, "/blue")).collect();
        // The answer is older than their question.
        flight.tell(Ok(&session()));
        let next = lead(crowd.pop().unwrap().await);
        let late = comer(&flights, "/blue");
        next.tell(Ok(&session()));
        for told in crowd {
            assert!(matches!(told.await, Part::Told(Ok(told)) if told == session()));
        }
        drop(lead(late.await));
        assert!(is_empty(&flights));
    }

    #[tokio::test]
    async fn an_error_is_told_to_all() {
        let flights = Flights::default();
        let flight = first(&flights).await;
        let (one, other) = (comer(&flights, "/blue"), comer(&flights, "/blue"));
        drop(flight);
        lead(other.await).tell(Err(&Error::not_found("no such thing")));
        assert!(matches!(one.await, Part::Told(Err(error)) if error.to_string().contains("no such thing")));
    }

    #[tokio::test]
    async fn whoever_goes_away_is_replaced() {
        let flights = Flights::default();
        let flight = first(&flights).await;
        let (gone, leads, told) =
            (comer(&flights, "/blue"), comer(&flights, "/blue"), comer(&flights, "/blue"));
        drop(gone);
        drop(flight);
        // Its turn has come, and it goes away without having looked, and the next one in the middle of its question.
        drop(told);
        drop(lead(leads.await));
        assert!(is_empty(&flights));
        drop(first(&flights).await);
    }

    #[tokio::test]
    async fn whoever_wants_something_else_asks_for_itself() {
        let flights = Flights::default();
        let flight = first(&flights).await;
        let blue = comer(&flights, "/blue");
        let green = flights.part(&subject(), (SessionConfig::new("/green"), None)).await;
        assert!(matches!(green, Part::Alone));
        let replaced = flights.part(&subject(), (SessionConfig::new("/blue"), Some(1))).await;
        assert!(matches!(replaced, Part::Alone));
        drop(flight);
        drop(lead(blue.await));
        assert!(is_empty(&flights));
    }
}
