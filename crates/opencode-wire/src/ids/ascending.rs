//! Minting ids that the server accepts and sorts among its own.
//!
//! The order of message ids is the order of a conversation: it tells what came before a prompt and what after.
//! A client whose clock differs from the server's would put its prompts among the wrong messages.
//! So ids are minted on the server's clock, which every event id that the server sends reveals to the millisecond.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{EventId, MessageId};

/// An id keeps the low 48 bits of `milliseconds * 4096 + counter`.
const TICK_BITS: u32 = 48;
const COUNTER_BITS: u32 = 12;
const TICK_MASK: u64 = (1 << TICK_BITS) - 1;
/// Milliseconds in an id wrap after 2^36 ms, which is about 2.2 years.
const WRAP_MILLIS: i64 = 1 << (TICK_BITS - COUNTER_BITS);
const RANDOM_LENGTH: usize = 14;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Where the time of day comes from.
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn unix_millis(&self) -> u64;
}

/// The clock of the operating system. There is none on `wasm32-unknown-unknown`, where asking for the time panics.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn unix_millis(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A clock for ids: follows the server's time and never gives the same tick twice.
///
/// # Examples
///
/// ```
/// use opencode_wire::ids::{AscendingClock, MessageId, SystemClock};
///
/// let clock = AscendingClock::new(SystemClock);
/// let mut state = 7_u64;
/// let mut rng = || { state = state.wrapping_mul(6364136223846793005).wrapping_add(1); state };
/// let first = MessageId::ascending(&clock, &mut rng);
/// let second = MessageId::ascending(&clock, &mut rng);
/// assert!(first < second);
/// assert_eq!(first.as_str().len(), 30);
/// ```
#[derive(Debug)]
pub struct AscendingClock<C = SystemClock> {
    clock: C,
    /// Server time minus local time, in milliseconds.
    offset: AtomicI64,
    /// The last tick that was given out.
    last: AtomicU64,
}

impl<C: Clock> AscendingClock<C> {
    /// Wraps a clock; until [`observe`](Self::observe) is called it is taken for the server's own.
    pub const fn new(clock: C) -> Self {
        Self { clock, offset: AtomicI64::new(0), last: AtomicU64::new(0) }
    }

    /// Learns the server's time from an event that it has just sent.
    ///
    /// Returns the difference, server minus local, in milliseconds; `None` if the id carries no time.
    pub fn observe(&self, event_id: &EventId) -> Option<i64> {
        let server = i64::try_from(tick_of(event_id.as_str())? >> COUNTER_BITS).ok()?;
        let local = i64::try_from(self.clock.unix_millis()).ok()?;
        // Only the low bits of the server's time are in the id: take the nearest time that has them.
        let mut difference = (server - local.rem_euclid(WRAP_MILLIS)).rem_euclid(WRAP_MILLIS);
        if difference > WRAP_MILLIS / 2 {
            difference -= WRAP_MILLIS;
        }
        self.offset.store(difference, Ordering::Relaxed);
        Some(difference)
    }

    /// Milliseconds since the Unix epoch on the server's clock.
    pub fn server_millis(&self) -> u64 {
        self.clock.unix_millis().saturating_add_signed(self.offset.load(Ordering::Relaxed))
    }

    fn tick(&self) -> u64 {
        let now = (self.server_millis() << COUNTER_BITS) | 1;
        let next = |last: u64| now.max(last + 1);
        let previous = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        next(previous.unwrap_or_else(|last| last))
    }
}

impl MessageId {
    /// Mints an id that sorts after every id minted before it and among the server's by time.
    ///
    /// `rng` gives 64 random bits a call. The clock and the source of randomness are the caller's, so that a test
    /// can foretell every id.
    pub fn ascending<C: Clock>(clock: &AscendingClock<C>, rng: &mut dyn FnMut() -> u64) -> Self {
        let mut text = format!("{}_{:012x}", Self::PREFIX, clock.tick() & TICK_MASK);
        let mut bits = 0;
        for position in 0..RANDOM_LENGTH {
            // 62^10 fits into 64 bits: two draws are enough for fourteen characters.
            if position % 7 == 0 {
                bits = rng();
            }
            text.push(char::from(ALPHABET[usize::try_from(bits % 62).unwrap_or(0)]));
            bits /= 62;
        }
        Self::from_wire(&text)
    }
}

/// The time part of an id, if it has one.
fn tick_of(id: &str) -> Option<u64> {
    let digits = id.split_once('_')?.1.get(..12)?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Fixed(u64);
    impl Clock for Fixed {
        fn unix_millis(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn the_format_is_the_servers() {
        let clock = AscendingClock::new(Fixed(1_795_211_385_778));
        let id = MessageId::ascending(&clock, &mut || 61);
        // The server made msg_1faefdbb2001X1WWgqwjRJQdph in that millisecond.
        assert_eq!(id.as_str(), "msg_1faefdbb2001z000000z000000");
    }

    #[test]
    fn ids_of_one_millisecond_ascend() {
        let clock = AscendingClock::new(Fixed(5));
        let ids: Vec<_> = (0..10_000).map(|_| MessageId::ascending(&clock, &mut || 0)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn the_servers_clock_is_followed_both_ways_and_over_a_wrap() {
        let event = EventId::from_wire("evt_1faefda6f001u37MyfgiSKGri8");
        let millis = 1_795_211_385_455;
        for skew in [-3_600_000_i64, -1, 0, 1, 86_400_000] {
            let clock = AscendingClock::new(Fixed(millis).clone_with(skew));
            assert_eq!(clock.observe(&event), Some(-skew));
            assert_eq!(clock.server_millis(), millis);
        }
        let wrap = u64::try_from(WRAP_MILLIS).unwrap();
        let clock = AscendingClock::new(Fixed(wrap * 3 - 10));
        let just_after = EventId::from_wire("evt_00000000a001abc");
        assert_eq!(clock.observe(&just_after), Some(20));
        assert_eq!(clock.observe(&EventId::from_wire("evt_nothing")), None);
    }

    impl Fixed {
        fn clone_with(&self, skew: i64) -> Self {
            Self(self.0.saturating_add_signed(skew))
        }
    }
}
