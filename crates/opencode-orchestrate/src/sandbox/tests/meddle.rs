//! Somebody who is faster: something happens at one point between two calls.

use std::cell::{Cell, RefCell};

use super::super::point::Point;

type Action = Box<dyn FnOnce()>;

thread_local! {
    static PLANNED: RefCell<Option<(Point, Action)>> = const { RefCell::new(None) };
    static ELSEWHERE: Cell<bool> = const { Cell::new(false) };
}

/// Has something done when the point is reached for the first time.
pub(crate) fn at(point: Point, action: impl FnOnce() + 'static) {
    PLANNED.set(Some((point, Box::new(action))));
}

/// Whether what was planned has happened; it is forgotten if not.
pub(crate) fn has_happened() -> bool {
    PLANNED.take().is_none()
}

pub(crate) fn reach(point: Point) {
    let is_due = PLANNED.with_borrow(|planned| planned.as_ref().is_some_and(|(due, _)| *due == point));
    if let Some((_, action)) = is_due.then(|| PLANNED.take()).flatten() {
        action();
    }
}

/// Does something on an operating system that can promise nothing.
pub(crate) fn elsewhere<T>(action: impl FnOnce() -> T) -> T {
    ELSEWHERE.set(true);
    let done = action();
    ELSEWHERE.set(false);
    done
}

pub(crate) fn is_elsewhere() -> bool {
    ELSEWHERE.get()
}
