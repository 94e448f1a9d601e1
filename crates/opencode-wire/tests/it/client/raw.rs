//! A server that writes the same bytes whatever it is asked, for what no HTTP library would send.

use std::sync::{Arc, Mutex};

use opencode_wire::Client;
use opencode_wire::client::RetryPolicy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Accepts connections, answers each with the same bytes, and keeps it open.
pub(crate) struct RawServer {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
    answered: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
}

impl RawServer {
    pub(crate) async fn answering(answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (count, answered) = watch::channel(0);
        let kept = Arc::clone(&heads);
        let accepting = tokio::spawn(async move {
            // Dropping the set closes the connections.
            let mut connections = JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (kept, count) = (Arc::clone(&kept), count.clone());
                connections.spawn(serve(socket, answer, kept, count));
            }
        });
        Self { url, heads, answered, accepting }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A client that tries everything once.
    pub(crate) fn client(&self) -> Client {
        Client::builder().base_url(&self.url).retry(RetryPolicy::never()).build().unwrap()
    }

    /// The head of a request as it was written.
    pub(crate) fn head(&self, index: usize) -> String {
        self.heads.lock().unwrap()[index].clone()
    }

    /// Waits until the first answer was written.
    pub(crate) fn answered(&self) -> impl Future<Output = ()> + use<> {
        let mut answered = self.answered.clone();
        async move {
            answered.wait_for(|count| *count > 0).await.unwrap();
        }
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(
    mut socket: TcpStream,
    answer: &'static [u8],
    heads: Arc<Mutex<Vec<String>>>,
    count: watch::Sender<usize>,
) {
    let mut received = Vec::new();
    while socket.read_buf(&mut received).await.unwrap_or(0) > 0 {
        if received.windows(4).any(|window| window == b"\r\n\r\n") {
            heads.lock().unwrap().push(String::from_utf8_lossy(&received).into_owned());
            received.clear();
            socket.write_all(answer).await.unwrap();
            count.send_modify(|count| *count += 1);
        }
    }
}

/// Lets time run ahead once `ready`, until a call ends because of a limit.
pub(crate) async fn pausing_until<T>(ready: impl Future<Output = ()>, call: JoinHandle<T>) -> T {
    ready.await;
    tokio::time::pause();
    let outcome = call.await.unwrap();
    tokio::time::resume();
    outcome
}
