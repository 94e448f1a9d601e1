//! Where the scripted server takes its timestamps from.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::clock::ManualClock;

/// 2028-08-16: late enough that ids made from a real clock sort before the server's own ids, which is what
/// clients see when they mint the id of a user message and the server answers it.
const DEFAULT_START: u64 = 1_850_000_000_000;

/// The time source of a [`Server`](super::Server): every `time` field and the time inside every id comes from it.
///
/// The default ticks one millisecond per reading and never looks at a real clock, so that two runs of one test see
/// the same ids and the same timestamps.
#[derive(Debug, Clone)]
pub struct Clock {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Ticking { next: u64 },
    Manual(ManualClock),
    System,
}

impl Clock {
    /// A clock that starts at `start` (milliseconds since 1970) and moves by one millisecond per reading.
    #[must_use]
    pub const fn ticking(start: u64) -> Self {
        Self { kind: Kind::Ticking { next: start } }
    }

    /// The machine's clock, for tests that compare the server's timestamps with their own.
    #[must_use]
    pub const fn system() -> Self {
        Self { kind: Kind::System }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&mut self) -> u64 {
        match &mut self.kind {
            Kind::Ticking { next } => {
                let now = *next;
                *next += 1;
                now
            }
            Kind::Manual(clock) => clock.unix_millis(),
            Kind::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |elapsed| u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// A clock that stands still until the test moves it. Ids made meanwhile differ in a counter.
impl From<ManualClock> for Clock {
    fn from(clock: ManualClock) -> Self {
        Self { kind: Kind::Manual(clock) }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::ticking(DEFAULT_START)
    }
}

/// `2026-11-20T21:49:43.238Z`, as OpenCode writes it into default titles.
pub(crate) fn iso(milliseconds: u64) -> String {
    let (days, in_day) = (milliseconds / 86_400_000, milliseconds % 86_400_000);
    let (year, month, day) = civil_date(days);
    let (hours, minutes) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (seconds, millis) = (in_day / 1000 % 60, in_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z")
}

/// Year, month and day of a day counted from 1970-01-01, by the usual 400-year-cycle arithmetic.
const fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clock, ManualClock, iso};

    #[test]
    fn a_ticking_clock_moves_one_millisecond_per_reading() {
        let mut clock = Clock::ticking(5);
        assert_eq!([clock.now(), clock.now(), clock.now()], [5, 6, 7]);
    }

    #[test]
    fn a_manual_clock_stands_still() {
        let manual = ManualClock::new(7);
        let mut clock = Clock::from(manual.clone());
        assert_eq!([clock.now(), clock.now()], [7, 7]);
        manual.advance(Duration::from_millis(3));
        assert_eq!(clock.now(), 10);
    }

    #[test]
    fn iso_dates() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_795_211_383_238), "2026-11-20T21:49:43.238Z");
        assert_eq!(iso(1_709_164_800_000), "2024-02-29T00:00:00.000Z");
    }
}
