//! Who is let in, and when.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use futures_util::poll;
use opencode_store::session::{SessionConfig, Subject};
use opencode_wire::Client;
use tokio::task::yield_now;

use super::{PoolError, PoolOptions, ServerPool, ServerSource};

/// A server that nobody asks anything.
fn remote(port: u16) -> Client {
    Client::new(format!("http://127.0.0.1:{port}")).unwrap()
}

fn two() -> super::PoolBuilder {
    ServerPool::builder().server("blue", remote(1)).server("green", remote(2))
}

fn choose(pool: &ServerPool) -> Result<Option<String>, PoolError> {
    pool.choose(&Subject::new("tenant", "key").unwrap(), &SessionConfig::default())
}

fn name(choice: Result<Option<String>, PoolError>) -> String {
    choice.unwrap().unwrap()
}

/// What a future gives that does not have to wait.
async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match poll!(pin!(future)) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn a_client_is_a_pool_whose_sessions_need_not_name_their_server() {
    let pool = ServerPool::from(remote(1));
    assert_eq!(choose(&pool).unwrap(), None);
    let lease = pool.server(None, Some("/srv/blue/")).await.unwrap();
    assert_eq!(lease.client().base_url(), "http://127.0.0.1:1");
    assert_eq!(lease.client().directory(), Some("/srv/blue"), "as the server sees it");
    let elsewhere = pool.server(Some("elsewhere"), None).await.unwrap_err();
    assert_eq!(
        elsewhere.to_string(),
        "the pool has no server named `elsewhere`: add it, or have the session made anew"
    );
}

#[tokio::test]
async fn a_new_session_goes_where_the_fewest_turns_are() {
    let pool = two().build();
    assert_eq!(name(choose(&pool)), "blue", "it came first");
    let one = pool.server(Some("blue"), None).await.unwrap();
    assert_eq!(name(choose(&pool)), "green");
    let _two = (pool.server(Some("green"), None).await.unwrap(), pool.server(None, None).await.unwrap());
    assert_eq!(name(choose(&pool)), "green", "sessions without a name are those of the first");
    drop(one);
    assert_eq!(name(choose(&pool)), "blue");
}

#[tokio::test]
async fn the_host_chooses_the_server_and_may_make_one_for_each_name() {
    let pool = two()
        .place_by(|subject, _| (subject.scope() == "tenant").then(|| format!("of-{}", subject.key())))
        .servers_by(|name| name.strip_prefix("of-").map(|_| ServerSource::from(remote(3))))
        .build();
    assert_eq!(name(choose(&pool)), "of-key");
    assert_eq!(pool.server(Some("of-key"), None).await.unwrap().client().base_url(), "http://127.0.0.1:3");
    assert!(
        matches!(pool.server(Some("red"), None).await, Err(PoolError::Unknown { name }) if name == "red")
    );
    let other = Subject::new("other", "key").unwrap();
    assert_eq!(
        name(pool.choose(&other, &SessionConfig::default())),
        "blue",
        "servers of their own names are nobody else's"
    );
}

#[tokio::test]
async fn turns_beyond_the_places_of_a_server_wait_in_order_and_calls_do_not() {
    let pool = two().options(PoolOptions::default().with_turns_per_server(1)).build();
    let first = pool.server(Some("blue"), None).await.unwrap();
    let (mut second, mut third) =
        (pin!(pool.server(Some("blue"), None)), pin!(pool.server(Some("blue"), None)));
    assert!(poll!(second.as_mut()).is_pending() && poll!(third.as_mut()).is_pending());
    assert!(at_once(pool.visit(Some("blue"), None)).await.is_some());
    assert!(at_once(pool.server(Some("green"), None)).await.is_some(), "each has places of its own");
    drop(first);
    assert!(poll!(third.as_mut()).is_pending(), "it is not its turn");
    let second = second.await.unwrap();
    drop(second);
    assert!(third.await.is_ok());
}

#[tokio::test]
async fn a_server_is_drained_of_its_turns_replaced_and_used_again() {
    let pool = two().build();
    let turn = pool.server(Some("blue"), None).await.unwrap();
    let mut replaced = pin!(pool.replace("blue", remote(9)));
    assert!(poll!(replaced.as_mut()).is_pending(), "a turn runs there");
    assert_eq!(name(choose(&pool)), "green");
    let mut next = pin!(pool.server(Some("blue"), None));
    assert!(poll!(next.as_mut()).is_pending());
    drop(turn);
    replaced.await;
    assert_eq!(next.await.unwrap().client().base_url(), "http://127.0.0.1:9");
    assert!(!pool.servers()[0].is_drained);
}

#[tokio::test]
async fn when_all_are_drained_nobody_is_placed_anywhere() {
    let pool = two().build();
    pool.drain("blue").await.unwrap();
    pool.drain("green").await.unwrap();
    assert!(matches!(choose(&pool), Err(PoolError::AllDrained)));
    pool.open("green").unwrap();
    assert_eq!(name(choose(&pool)), "green");
    assert!(matches!(pool.open("red"), Err(PoolError::Unknown { .. })));
    pool.remove("green").await.unwrap();
    assert!(matches!(pool.server(Some("green"), None).await, Err(PoolError::Unknown { .. })));
}

#[tokio::test]
async fn a_pool_that_is_shut_down_tells_whoever_waits() {
    let pool = two().build();
    let turn = pool.server(Some("blue"), None).await.unwrap();
    pool.drain("green").await.unwrap();
    let waits = tokio::spawn({
        let pool = pool.clone();
        async move { pool.server(Some("green"), None).await.map(drop) }
    });
    yield_now().await;
    let mut down = pin!(pool.shut_down());
    assert!(poll!(down.as_mut()).is_pending(), "a turn runs");
    assert!(matches!(waits.await.unwrap(), Err(PoolError::ShutDown)));
    drop(turn);
    down.await;
    assert!(matches!(pool.server(None, None).await, Err(PoolError::ShutDown)));
}

#[test]
fn ids_ascend_whichever_server_they_are_for() {
    let pool = two().build();
    let ids: Vec<_> = (0..100).map(|_| pool.mint_message_id()).collect();
    assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]));
}
