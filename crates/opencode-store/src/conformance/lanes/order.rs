//! Cases about who runs next.

use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{LEASE, admission, subject, unique};
use crate::turn::{
    ClaimRequest, Delivery, EndKind, StopReason, StopRequested, TurnFilter, TurnId, TurnState,
};

impl Fixture {
    /// Claims and finishes turns until there is none, and says in which order.
    pub(super) async fn run_all(&self) -> Vec<TurnId> {
        let mut order = Vec::new();
        while let Some(claim) = self.claim().await {
            order.push(claim.turn.id);
            self.finish(&claim.lease).await;
        }
        order
    }
}

/// Queued turns run in the order of their admission, which is the order of their numbers.
pub async fn a_queue_is_first_in_first_out(fixture: &Fixture) {
    let subject = subject();
    let mut admitted = Vec::new();
    for place in 0..5 {
        let turn = fixture.admit(&subject, Delivery::Queue).await;
        assert_eq!(turn.state, if place == 0 { TurnState::Ready } else { TurnState::Queued });
        admitted.push(turn.id);
    }
    assert!(admitted.is_sorted());
    assert_eq!(fixture.run_all().await, admitted);
}

/// Steers run ahead of the queue, and interrupts ahead of both; within a lane the first comes first.
pub async fn interrupts_run_before_steers_before_the_queue(fixture: &Fixture) {
    let subject = subject();
    let head = fixture.claimed(&subject).await;
    let mut waiting = Vec::new();
    for delivery in [Delivery::Queue, Delivery::Steer, Delivery::Interrupt] {
        for _ in 0..2 {
            let turn = fixture.admit(&subject, delivery).await;
            assert_eq!(turn.state, TurnState::Queued);
            waiting.push(turn.id);
        }
    }
    let expected: Vec<_> = [4, 5, 2, 3, 0, 1].map(|place| waiting[place]).into();
    let turns = fixture.store().turns();
    let ids = async |filter, after, limit| -> Vec<TurnId> {
        let turns = turns.turns(head.turn.session, filter, after, limit).await.unwrap();
        turns.into_iter().map(|turn| turn.id).collect()
    };
    assert_eq!(ids(TurnFilter::Waiting, None, 10).await, expected);
    assert_eq!(fixture.finish(&head.lease).await.turn.end.unwrap().kind, EndKind::Superseded);
    assert_eq!(ids(TurnFilter::Waiting, None, 10).await, expected, "the next one is ready, and still waits");

    assert_eq!(ids(TurnFilter::Open, None, 10).await, waiting);
    let all: Vec<_> = std::iter::once(head.turn.id).chain(waiting).collect();
    assert_eq!(ids(TurnFilter::All, None, 10).await, all);
    assert_eq!(ids(TurnFilter::All, None, 3).await, all[..3]);
    assert_eq!(ids(TurnFilter::All, Some(all[2]), 3).await, all[3..6]);
    assert_eq!(ids(TurnFilter::Open, Some(all[2]), 10).await, all[3..]);
    assert_eq!(fixture.run_all().await, expected);
    assert_eq!(ids(TurnFilter::Open, None, 10).await, []);
}

/// An interrupt stops the head that runs.
pub async fn an_interrupt_stops_the_head(fixture: &Fixture) {
    let subject = subject();
    let head = fixture.claimed(&subject).await;
    let interrupt = fixture.admit(&subject, Delivery::Interrupt).await;
    assert_eq!(fixture.turn(head.turn.id).await.stop, Some(StopReason::Superseded(interrupt.id)));
    assert_eq!(fixture.claim().await, None, "the head has not ended");
    fixture.finish(&head.lease).await;
    assert_eq!(fixture.run_all().await, [interrupt.id]);
}

/// An interrupt takes the place of a head that nobody has begun with, and the head waits.
pub async fn an_interrupt_overtakes_a_head_that_has_not_begun(fixture: &Fixture) {
    let subject = subject();
    let head = fixture.admit(&subject, Delivery::Queue).await;
    let queued = fixture.admit(&subject, Delivery::Queue).await;
    let interrupt = fixture.admit(&subject, Delivery::Interrupt).await;
    assert_eq!(interrupt.state, TurnState::Ready);
    let overtaken = fixture.turn(head.id).await;
    assert_eq!((overtaken.state, overtaken.stop), (TurnState::Queued, None));
    assert_eq!(fixture.run_all().await, [interrupt.id, head.id, queued.id]);
}

/// An interrupt that is admitted while the head is being claimed stops it, or runs before it; never do both run.
pub async fn an_interrupt_and_a_claim_never_both_run(fixture: &Fixture) {
    for _ in 0..32 {
        let subject = subject();
        let head = fixture.admit(&subject, Delivery::Queue).await;
        race(2, |racer| {
            let (store, admission) = (fixture.handle(racer), admission(&subject, Delivery::Interrupt));
            async move {
                if racer == 0 {
                    store.turns().admit(&admission).await.unwrap();
                } else {
                    store.turns().claim(&ClaimRequest::new(unique("worker"), LEASE)).await.unwrap().unwrap();
                }
            }
        })
        .await;
        let turns = fixture.store().turns().turns(head.session, TurnFilter::Open, None, 10).await.unwrap();
        let [head, interrupt] = &turns[..] else { panic!("two turns are open: {turns:?}") };
        let (running, expected) = if head.state == TurnState::Claimed {
            (head, (TurnState::Queued, Some(StopReason::Superseded(interrupt.id))))
        } else {
            assert_eq!(interrupt.state, TurnState::Claimed);
            (interrupt, (TurnState::Queued, None))
        };
        let waiting = if running.id == head.id { interrupt } else { head };
        assert_eq!((waiting.state, running.stop), expected);
        assert_eq!(fixture.claim().await, None);
    }
}

/// A turn that nobody has begun with ends when it is stopped, and the next one takes its place.
pub async fn a_waiting_turn_is_withdrawn(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(fixture.admit(&subject, Delivery::Queue).await.id);
    }
    for id in [ids[0], ids[2]] {
        let stopped = turns.request_stop(id, StopReason::Cancelled).await.unwrap();
        assert_eq!(stopped, StopRequested::Withdrawn);
        let turn = fixture.turn(id).await;
        let end = turn.end.expect("it has ended");
        assert_eq!((turn.state, end.kind, turn.attempt), (TurnState::Ended, EndKind::Cancelled, 0));
        assert_eq!(turn.ended_at.unwrap().as_millisecond(), fixture.unix_millis());
        let again = turns.request_stop(id, StopReason::Cancelled).await.unwrap();
        assert_eq!(again, StopRequested::AlreadyEnded(end));
    }
    assert_eq!(fixture.turn(ids[1]).await.state, TurnState::Ready);
    assert_eq!(fixture.run_all().await, [ids[1], ids[3]]);
}
