//! Times as they are stored: milliseconds since the Unix epoch.

use std::time::Duration;

use jiff::Timestamp;
use opencode_wire::ids::Clock;

/// Milliseconds since the Unix epoch.
pub(crate) type Millis = i64;

pub(crate) fn now(clock: &dyn Clock) -> Millis {
    Millis::try_from(clock.unix_millis()).unwrap_or(Millis::MAX)
}

pub(crate) fn of(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// What a column says as a time; the nearest that there is where it is out of range.
pub(crate) fn timestamp(millis: Millis) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
