//! Waiting at a named gate.

use super::core::Core;

/// Waits until the test releases `name`. Dropping the future takes the arrival back.
pub(crate) async fn hold(core: &Core, name: &str) {
    core.with(|state| state.gates.arrive(name));
    let mut waiting = Waiting { core, name, passed: false };
    core.until(|state| state.gates.pass(name).then_some(())).await;
    waiting.passed = true;
}

/// Somebody at a gate.
struct Waiting<'a> {
    core: &'a Core,
    name: &'a str,
    passed: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.passed {
            self.core.with(|state| state.gates.give_up(self.name));
        }
    }
}
