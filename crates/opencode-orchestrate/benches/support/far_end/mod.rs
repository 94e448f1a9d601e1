//! A server that plays one script for every prompt, as fast as it can or at a pace: what stands at the other end.
//!
//! It speaks what the client needs and does what a real server does with it: events in the order and the form of
//! OpenCode 1.18, durable ones twice, messages that are stored, sessions that are busy and idle. It parses nothing that
//! it does not need, so that it can be the other end of a thousand turns on the same machine.

mod held;
mod http;
mod ids;
mod script;
mod session;
mod stream;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};

pub(crate) use self::held::{held, until_held};
use self::http::{Connection, Request};
use self::ids::Ids;
pub(crate) use self::script::{DELTAS, Pace};
use self::session::Session;
use self::stream::Stream;

/// What is known of all sessions, and who listens.
pub(super) struct FarEnd {
    pace: Pace,
    ids: Ids,
    sessions: Mutex<HashMap<String, Session>>,
    /// What `/global/event` tells.
    all: Stream,
    /// What `/event` tells, by directory.
    of_directories: Mutex<HashMap<String, Arc<Stream>>>,
    /// How many turns have come to where their script holds them.
    held: AtomicUsize,
}

/// Serves for ever, and says its address first.
#[expect(clippy::print_stdout, reason = "the address is told to the process that started this one")]
pub(crate) async fn serve(pace: Pace) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
    println!("{}", listener.local_addr().expect("a bound socket has an address"));
    let far_end = Arc::new(FarEnd {
        pace,
        ids: Ids::default(),
        sessions: Mutex::default(),
        all: Stream::default(),
        of_directories: Mutex::default(),
        held: AtomicUsize::new(0),
    });
    loop {
        let (socket, _) = listener.accept().await.expect("connections can be accepted");
        let far_end = Arc::clone(&far_end);
        // A client that goes away ends its connection; that is no failure of the server.
        tokio::spawn(async move { drop(far_end.converse(socket).await) });
    }
}

impl FarEnd {
    /// Answers requests on one connection until it becomes a stream.
    async fn converse(self: Arc<Self>, socket: TcpStream) -> std::io::Result<()> {
        socket.set_nodelay(true)?;
        let mut connection = Connection::new(socket);
        while let Some(request) = connection.request().await? {
            match request.path.as_str() {
                "/global/event" => {
                    let connected = format!(r#"{{"payload":{}}}"#, self.connected());
                    return self.all.serve(connection.into_socket(), &connected).await;
                }
                "/event" => {
                    let stream = self.of_directory(&request.directory());
                    return stream.serve(connection.into_socket(), &self.connected()).await;
                }
                _ => {}
            }
            connection.answer(&self.answer(&request)).await?;
        }
        Ok(())
    }

    /// What a request is answered with; nothing for those without a body.
    fn answer(self: &Arc<Self>, request: &Request) -> String {
        let segments: Vec<&str> = request.path.split('/').skip(1).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["global", "health"]) => r#"{"healthy":true,"version":"1.18.33"}"#.to_owned(),
            ("GET", ["held"]) => self.held.load(Ordering::Relaxed).to_string(),
            ("POST", ["session"]) => {
                let session = Session::new(self.ids.descending("ses"), request.directory());
                let said = session.to_json();
                self.sessions().insert(session.id.clone(), session);
                said
            }
            ("GET", ["session", "status"]) => {
                let (sessions, directory) = (self.sessions(), request.directory());
                let busy = sessions.values().filter(|session| session.busy && session.directory == directory);
                let busy: Vec<_> =
                    busy.map(|session| format!(r#""{}":{{"type":"busy"}}"#, session.id)).collect();
                format!("{{{}}}", busy.join(","))
            }
            ("GET", ["session", id]) => self.with(id, |session| session.to_json()),
            ("GET", ["session", id, "message"]) => {
                let limit = request.number("limit").unwrap_or(usize::MAX);
                self.with(id, |session| session.messages(limit))
            }
            ("POST", ["session", id, "prompt_async"]) => {
                tokio::spawn(Arc::clone(self).play((*id).to_owned(), request.body.clone()));
                String::new()
            }
            ("GET", ["permission"]) => {
                let (sessions, directory) = (self.sessions(), request.directory());
                let here = sessions.values().filter(|session| session.directory == directory);
                let asked: Vec<_> = here.filter_map(|session| session.asks.clone()).collect();
                format!("[{}]", asked.join(","))
            }
            ("GET", _) => "[]".to_owned(),
            _ => "true".to_owned(),
        }
    }

    fn with<T>(&self, id: &str, look: impl FnOnce(&mut Session) -> T) -> T {
        look(self.sessions().get_mut(id).expect("nobody asks for a session that was not made"))
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is told to those who listen to one directory.
    fn of_directory(&self, directory: &str) -> Arc<Stream> {
        let mut streams = self.of_directories.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(streams.entry(directory.to_owned()).or_default())
    }

    /// The first event of a stream.
    fn connected(&self) -> String {
        format!(r#"{{"id":"{}","type":"server.connected","properties":{{}}}}"#, self.ids.ascending("evt"))
    }
}
