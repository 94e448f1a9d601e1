//! Turns that come while another one runs.

use opencode_store::turn::{Delivery, EndKind, StopReason};
use opencode_testkit::server::{Fault, Script};

use super::rig::{Rig, end};

/// G04: a steer is posted while the turn runs, and is answered at the server's next boundary.
#[tokio::test]
async fn g04_a_steer_joins_the_running_turn() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.server.script(Script::new().text("In French."));
    rig.admit("Explain monads.").await;
    let running = rig.begin().await;
    rig.server.wait_for_hold("half").await;
    let steer = rig.deliver("In French, please.", Delivery::Steer).await;
    rig.server.wait_for_requests("POST", "/session/:id/prompt_async", 2).await;
    rig.server.release("half");
    let first = running.await.unwrap().unwrap();
    let second = rig.outcome(steer).await;
    assert_eq!((end(&first).kind, rig.text(&first).await.as_str()), (EndKind::Completed, "Half of it."));
    assert_eq!((second.status(), second.text().as_str()), (EndKind::Completed, "In French."));
    rig.server.assert_prompts(2);
}

/// A steer that comes before anybody has begun joins when somebody has.
#[tokio::test]
async fn g04_a_steer_that_waited_joins_when_the_turn_begins() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.server.script(Script::new().text("In French."));
    rig.admit("Explain monads.").await;
    let steer = rig.deliver("In French, please.", Delivery::Steer).await;
    let running = rig.begin().await;
    rig.server.wait_for_hold("half").await;
    rig.server.wait_for_requests("POST", "/session/:id/prompt_async", 2).await;
    rig.server.release("half");
    running.await.unwrap().unwrap();
    assert_eq!(rig.outcome(steer).await.text(), "In French.");
}

/// The worker dies with both; whoever takes over the one takes over the other, and neither is posted again.
#[tokio::test]
async fn g01_what_has_joined_is_taken_over_with_the_turn() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.server.script(Script::new().text("In French."));
    rig.admit("Explain monads.").await;
    let dies = rig.begin().await;
    rig.server.wait_for_hold("half").await;
    let steer = rig.deliver("In French, please.", Delivery::Steer).await;
    rig.server.wait_for_requests("POST", "/session/:id/prompt_async", 2).await;
    dies.abort();
    assert!(dies.await.unwrap_err().is_cancelled());
    rig.lapse();
    let running = rig.begin().await;
    rig.server.release("half");
    let first = running.await.unwrap().unwrap();
    assert_eq!((end(&first).kind, rig.text(&first).await.as_str()), (EndKind::Completed, "Half of it."));
    assert_eq!(rig.outcome(steer).await.text(), "In French.");
    rig.server.assert_prompts(2);
}

/// A server that takes no prompt while it works cannot be steered; that is said, and the running turn goes on.
#[tokio::test]
async fn g04_a_server_that_cannot_be_steered_is_told_from_one_that_failed() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.admit("Explain monads.").await;
    let running = rig.begin().await;
    rig.server.wait_for_hold("half").await;
    rig.server.fault(Fault::on("POST", "/session/:id/prompt_async").status(409).always());
    let steer = rig.deliver("In French, please.", Delivery::Steer).await;
    let refused = rig.outcome(steer).await;
    assert_eq!((refused.status(), refused.unsupported().as_deref()), (EndKind::Failed, Some("steer")));
    rig.server.release("half");
    let first = running.await.unwrap().unwrap();
    assert_eq!(rig.text(&first).await, "Half of it.");
}

/// G04 and G12: an interrupt stops the running turn, which keeps what it said, and runs next.
#[tokio::test]
async fn g04_an_interrupt_stops_the_running_turn_and_runs_next() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.server.script(Script::new().text("Other."));
    rig.admit("Explain monads.").await;
    let running = rig.begin().await;
    rig.server.wait_for_hold("half").await;
    let waiting = rig.deliver("Later.", Delivery::Queue).await;
    let interrupt = rig.deliver("Something else.", Delivery::Interrupt).await;
    let first = running.await.unwrap().unwrap();
    assert_eq!(end(&first).kind, EndKind::Superseded);
    assert_eq!(end(&first).message, format!("superseded by turn {interrupt}"));
    assert_eq!(rig.text(&first).await.trim(), "Half of");
    let second = rig.run().await.unwrap();
    assert_eq!((second.turn.id, rig.text(&second).await.as_str()), (interrupt, "Other."));
    rig.store.turns().request_stop(waiting, StopReason::Cancelled).await.unwrap();
    rig.server.assert_prompts(2);
}

/// B-20: what the stopped turn still says does not get into the next one.
#[tokio::test]
async fn b20_late_words_of_a_stopped_turn_are_not_the_next_ones() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it.").hold_abort("late"));
    rig.server.script(Script::new().text("Other."));
    rig.admit("Explain monads.").await;
    let running = rig.begin().await;
    rig.server.wait_for_hold("half").await;
    let interrupt = rig.deliver("Something else.", Delivery::Interrupt).await;
    rig.server.wait_for_requests("POST", "/session/:id/abort", 1).await;
    rig.server.release("late");
    running.await.unwrap().unwrap();
    let second = rig.run().await.unwrap();
    assert_eq!((second.turn.id, rig.text(&second).await.as_str()), (interrupt, "Other."));
    assert_eq!(end(&second).kind, EndKind::Completed);
}
