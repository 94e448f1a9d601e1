//! Sessions stay on the server that they were made on.

use opencode_orchestrate::pool::ServerPool;
use opencode_orchestrate::turn::{RunOptions, Turn, TurnRunner};
use opencode_store::session::{SessionConfig, Subject};
use opencode_store::turn::EndKind;
use opencode_store::{ErrorKind, Store};
use opencode_testkit::server::{Script, Server};
use opencode_wire::Client;
use opencode_wire::drive::CancellationToken;

struct Rig {
    blue: Server,
    green: Server,
    pool: ServerPool,
    runner: TurnRunner,
}

impl Rig {
    async fn start() -> Self {
        let (blue, green) = (Server::start().await, Server::start().await);
        for server in [&blue, &green] {
            server.default_script(Script::new().text("Done."));
        }
        let client = |server: &Server| Client::new(server.url()).unwrap();
        // Scripted servers name their sessions alike, and real ones do not.
        client(&green).sessions().create("another's").await.unwrap();
        let pool = ServerPool::builder()
            .server("blue", client(&blue))
            .server("green", client(&green))
            .place_by(|subject, _| (subject.scope() == "greens").then(|| "green".to_owned()))
            .build();
        let runner = TurnRunner::new(Store::memory(), &pool, RunOptions::default());
        Self { blue, green, pool, runner }
    }

    async fn run(&self, scope: &str, key: &str) -> EndKind {
        let subject = Subject::new(scope, key).unwrap();
        let turn = Turn::on(&self.runner, &subject, "Go.").run(CancellationToken::new());
        let outcome = turn.await.unwrap();
        outcome.status()
    }

    fn prompts(&self) -> (usize, usize) {
        (prompts(&self.blue), prompts(&self.green))
    }
}

fn prompts(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.path.ends_with("/prompt_async")).count()
}

#[tokio::test]
async fn a_session_stays_on_its_server_whatever_the_pool_would_choose_now() {
    let rig = Rig::start().await;
    assert_eq!(rig.run("greens", "one").await, EndKind::Completed);
    assert_eq!(rig.prompts(), (0, 1));
    let subject = Subject::new("greens", "one").unwrap();
    let record = rig.runner.store().sessions().session(&subject).await.unwrap().unwrap();
    assert_eq!(record.server.as_deref(), Some("green"));
    // Another host, which knows nothing of greens.
    let client = |server: &Server| Client::new(server.url()).unwrap();
    let pool =
        ServerPool::builder().server("blue", client(&rig.blue)).server("green", client(&rig.green)).build();
    let other = TurnRunner::new(rig.runner.store().clone(), &pool, RunOptions::default());
    let outcome = Turn::on(&other, &subject, "Again.").run(CancellationToken::new()).await.unwrap();
    assert_eq!((outcome.status(), rig.prompts()), (EndKind::Completed, (0, 2)));
}

#[tokio::test]
async fn g16_a_session_that_is_gone_is_made_anew_where_the_pool_chooses_now() {
    let rig = Rig::start().await;
    assert_eq!(rig.run("others", "one").await, EndKind::Completed);
    assert_eq!(rig.prompts(), (1, 0));
    let subject = Subject::new("others", "one").unwrap();
    let sessions = rig.runner.store().sessions();
    let record = sessions.session(&subject).await.unwrap().unwrap();
    let blue = Client::new(rig.blue.url()).unwrap();
    blue.session(record.upstream_id.unwrap()).delete().await.unwrap();
    let _busy = rig.pool.server(Some("blue"), None).await.unwrap();
    assert_eq!(rig.run("others", "one").await, EndKind::Completed);
    let record = sessions.session(&subject).await.unwrap().unwrap();
    assert_eq!((record.generation, record.server.as_deref()), (2, Some("green")));
    assert_eq!(rig.prompts(), (1, 1));
}

#[tokio::test]
async fn a_session_on_a_server_that_the_pool_does_not_have_says_so() {
    let rig = Rig::start().await;
    assert_eq!(rig.run("greens", "one").await, EndKind::Completed);
    rig.pool.remove("green").await.unwrap();
    let subject = Subject::new("greens", "one").unwrap();
    let handle = Turn::on(&rig.runner, &subject, "Go.").enqueue().await.unwrap();
    let request = opencode_store::turn::ClaimRequest::new("worker", RunOptions::default().lease);
    let claim = rig.runner.store().turns().claim(&request).await.unwrap().unwrap();
    let config = SessionConfig::default();
    let error = rig.runner.run(claim, &config, CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upstream);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("no server named `green`"), "{cause}");
    assert!(handle.record().await.unwrap().end.is_none(), "it waits for the server");
}
