//! Turns that come while another one runs, on the real server.

use opencode_store::turn::{Delivery, EndKind};
use opencode_testkit::model::{ModelScript, Op};

use super::rig::{Rig, kind};

fn half(name: &str) -> ModelScript {
    ModelScript::new().step([Op::text("Half of "), Op::hold(name), Op::text("it.")])
}

fn said(text: &str) -> ModelScript {
    ModelScript::new().step([Op::text(text)])
}

/// G04: three turns that wait run one after the other, in their order, each answered for itself.
#[tokio::test]
async fn g04_three_turns_wait_for_each_other() {
    let Some(rig) = Rig::start().await else { return };
    let mut waiting = Vec::new();
    for text in ["One.", "Two.", "Three."] {
        waiting.push((rig.admit(said(text)).await, text));
    }
    for (id, text) in waiting {
        let finished = rig.run().await;
        assert_eq!((finished.turn.id, rig.text(&finished).await.as_str()), (id, text));
        assert_eq!(kind(&finished), EndKind::Completed);
    }
    assert_eq!(rig.model.requests().len(), 3);
}

/// G04: a steer is posted while the turn runs; the server ends the step at hand and answers it then.
#[tokio::test]
async fn g04_a_steer_joins_the_running_turn() {
    let Some(rig) = Rig::start().await else { return };
    rig.admit(half("steer")).await;
    let running = rig.begin().await;
    rig.model.wait_for_hold("steer").await;
    let steer = rig.deliver(said("In French."), Delivery::Steer).await;
    // It is on the server before the running turn has ended.
    let mut watch = rig.store.events().watch_turn(steer);
    while rig.store.turns().turn(steer).await.unwrap().unwrap().state
        != opencode_store::turn::TurnState::Running
    {
        watch.changed().await;
    }
    rig.model.release("steer");
    let first = Rig::end(running).await;
    assert_eq!((kind(&first), rig.text(&first).await.as_str()), (EndKind::Completed, "Half of it."));
    let second = rig.outcome(steer).await;
    assert_eq!((second.status(), second.text().as_str()), (EndKind::Completed, "In French."));
    assert_eq!(rig.model.requests().len(), 2);
}

/// G04, G12, B-01: an interrupt stops the running turn on the server, waits for that, and runs next.
#[tokio::test]
async fn g04_an_interrupt_stops_the_running_turn_and_runs_next() {
    let Some(rig) = Rig::start().await else { return };
    let first_id = rig.admit(half("interrupt")).await;
    let running = rig.begin().await;
    rig.model.wait_for_hold("interrupt").await;
    let later = rig.admit(said("Later.")).await;
    let interrupt = rig.deliver(said("Something else."), Delivery::Interrupt).await;
    let first = Rig::end(running).await;
    assert_eq!((first.turn.id, kind(&first)), (first_id, EndKind::Superseded));
    for (id, text) in [(interrupt, "Something else."), (later, "Later.")] {
        let next = rig.run().await;
        assert_eq!((next.turn.id, rig.text(&next).await.as_str()), (id, text));
        assert_eq!(kind(&next), EndKind::Completed, "what the stopped turn still says does not end it");
    }
}
