//! Wakes waiting processes, and is woken by them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio_postgres::Client;

use super::connect::Connect;
use crate::error::Result;
use crate::session::SessionRowId;
use crate::turn::TurnId;
use crate::wake::{Topic, Wakes};

const CHANNEL: &str = "opencode_store";
/// The longest message, well below the 8000 bytes that the database takes.
const LONGEST: usize = 4000;
/// Wakes everybody, as every word does that is not understood.
const EVERYTHING: &str = "*";
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The connection on which processes wake each other.
///
/// It is apart from the transactions, because the database lets only one at a time commit a message; here that holds
/// up nobody but the next message. What is lost with a connection is made up for by waking everybody; what is lost with
/// a process is found by whoever waits when he looks again.
pub(super) struct Exchange {
    pub(super) connect: Connect,
    pub(super) wakes: Wakes,
    /// Who we are, so that we do not wake ourselves.
    pub(super) name: Arc<str>,
    pub(super) topics: UnboundedReceiver<Topic>,
    /// Whether there was something that nobody could be told.
    pub(super) is_behind: bool,
}

/// A connection that listens, until it is lost.
pub(super) struct Listening {
    client: Client,
    connection: tokio::task::JoinHandle<()>,
}

impl Exchange {
    pub(super) async fn listen(&self) -> Result<Listening> {
        let (wakes, name) = (self.wakes.clone(), Arc::clone(&self.name));
        let heard = move |message: &str| hear(&wakes, &name, message);
        let (client, connection) = self.connect.for_messages(heard).await?;
        client
            .batch_execute(&format!("LISTEN {CHANNEL}"))
            .await
            .map_err(crate::db::failure::of_connection)?;
        Ok(Listening { client, connection })
    }

    /// Works until the last handle of the store is gone.
    pub(super) async fn run(mut self, mut listening: Listening) {
        loop {
            let is_over = tokio::select! {
                topic = self.topics.recv() => match topic {
                    Some(first) => self.tell(&listening, first).await,
                    None => return,
                },
                _ended = &mut listening.connection => true,
            };
            if is_over {
                let Some(again) = self.reconnect().await else { return };
                listening = again;
                // Nobody knows what was missed, neither here nor, when we could not tell it, elsewhere.
                self.wakes.wake_all();
                if self.is_behind {
                    let everything = format!("{} {EVERYTHING}", self.name);
                    // When this fails, the connection is lost again.
                    self.is_behind = send(&listening.client, vec![everything]).await.is_err();
                }
            }
        }
    }

    /// Tells the others what may have changed. `true` when the connection is lost.
    async fn tell(&mut self, listening: &Listening, first: Topic) -> bool {
        let mut topics = BTreeSet::from([first]);
        while let Ok(topic) = self.topics.try_recv() {
            topics.insert(topic);
        }
        let told = send(&listening.client, messages(&self.name, &topics)).await;
        self.is_behind |= told.is_err();
        told.is_err()
    }

    /// `None` when the last handle of the store is gone.
    async fn reconnect(&mut self) -> Option<Listening> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.listen().await {
                Ok(listening) => return Some(listening),
                Err(error) => {
                    tracing::warn!(%error, "waiting processes are not woken: the connection that listens is lost")
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            // There may be much by the time that somebody can be told.
            loop {
                match self.topics.try_recv() {
                    Ok(_) => self.is_behind = true,
                    Err(tokio::sync::mpsc::error::TryRecvError::Empty) => break,
                    Err(tokio::sync::mpsc::error::TryRecvError::Disconnected) => return None,
                }
            }
        }
    }
}

async fn send(client: &Client, messages: Vec<String>) -> Result<(), tokio_postgres::Error> {
    let statement = "SELECT pg_notify($1, message) FROM unnest($2::TEXT[]) AS message";
    client.execute(statement, &[&CHANNEL, &messages]).await.map(drop)
}

/// Packs topics into as few messages as fit.
fn messages(name: &str, topics: &BTreeSet<Topic>) -> Vec<String> {
    let mut messages = Vec::new();
    let mut message = name.to_owned();
    for topic in topics {
        let word = match topic {
            Topic::Work => " w".to_owned(),
            Topic::Session(id) => format!(" s{id}"),
            Topic::Turn(id) => format!(" t{id}"),
            Topic::Orders(id) => format!(" o{id}"),
        };
        if message.len() + word.len() > LONGEST {
            messages.push(std::mem::replace(&mut message, name.to_owned()));
        }
        message.push_str(&word);
    }
    messages.push(message);
    messages
}

fn hear(wakes: &Wakes, name: &str, message: &str) {
    let mut words = message.split(' ');
    if words.next() == Some(name) {
        return;
    }
    for word in words {
        match topic(word) {
            Some(topic) => wakes.wake(topic),
            // Of another version. To be woken for nothing does no harm.
            None => wakes.wake_all(),
        }
    }
}

fn topic(word: &str) -> Option<Topic> {
    if word == "w" {
        return Some(Topic::Work);
    }
    let number = || word.get(1..)?.parse().ok();
    match word.as_bytes().first()? {
        b's' => Some(Topic::Session(SessionRowId::new(number()?))),
        b't' => Some(Topic::Turn(TurnId::new(number()?))),
        b'o' => Some(Topic::Orders(TurnId::new(number()?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn topics_are_packed_and_heard_by_others_only() {
        let topics: BTreeSet<Topic> = (0..3000).map(|id| Topic::Turn(TurnId::new(id))).collect();
        let messages = messages("me", &topics);
        assert!(messages.len() > 1 && messages.iter().all(|message| message.len() <= LONGEST));
        let wakes = Wakes::default();
        let watch = wakes.watch(Topic::Turn(TurnId::new(2999)));
        for message in &messages {
            hear(&wakes, "me", message);
        }
        assert!(!watch.has_changed());
        for message in &messages {
            hear(&wakes, "other", message);
        }
        assert!(watch.has_changed());
    }

    #[test]
    fn every_topic_is_read_back() {
        let id = TurnId::new(7);
        let topics = [Topic::Work, Topic::Session(SessionRowId::new(7)), Topic::Turn(id), Topic::Orders(id)];
        for said in topics {
            let messages = messages("me", &BTreeSet::from([said]));
            assert_eq!(topic(messages[0].trim_start_matches("me ")), Some(said));
        }
    }

    #[tokio::test]
    async fn what_is_not_understood_wakes_everybody() {
        let wakes = Wakes::default();
        let watch = wakes.watch(Topic::Work);
        hear(&wakes, "me", "other x9");
        assert!(watch.has_changed());
    }
}
