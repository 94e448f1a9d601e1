//! What goes wrong between the workers and the OpenCode server.

use std::time::Duration;

use fastrand::Rng;
use opencode_testkit::server::{Fault, Server};

/// The gate at which the answer waits that a session was made: workers are killed between making and binding.
const MADE: &str = "made";
/// How long it waits there: mostly not for long, and sometimes for longer than an attempt may take.
const HELD_MILLIS: [u64; 4] = [400, 400, 400, 1800];
/// How long one kind of trouble lasts.
const TROUBLE_MILLIS: u64 = 400;

/// Makes trouble until it is dropped.
pub(super) async fn make(server: &Server, mut chance: Rng) {
    loop {
        server.clear_faults();
        server.fault(any_fault(&mut chance));
        pause(&mut chance, TROUBLE_MILLIS).await;
        // The wait itself ends with a panic when nobody comes.
        let held = tokio::time::timeout(Duration::from_millis(100), server.wait_for_hold(MADE)).await;
        if held.is_ok() {
            let held = HELD_MILLIS[chance.usize(..HELD_MILLIS.len())];
            pause(&mut chance, held).await;
            server.release(MADE);
        }
    }
}

/// Lets everything go its way.
pub(super) fn end(server: &Server) {
    server.clear_faults();
    server.release(MADE);
}

fn any_fault(chance: &mut Rng) -> Fault {
    match chance.u8(..8) {
        0 => Fault::on("POST", "/session").hang_up_after(),
        1 => Fault::on("POST", "/session").status(503),
        2 => Fault::on("POST", "/session").invalid_json(),
        3 => Fault::on("DELETE", "/session/:id").hang_up_after(),
        4 => Fault::on("PATCH", "/session/:id").hang_up(),
        _ => Fault::on("POST", "/session").hold(MADE),
    }
}

async fn pause(chance: &mut Rng, at_most: u64) {
    tokio::time::sleep(Duration::from_millis(chance.u64(1..=at_most))).await;
}
