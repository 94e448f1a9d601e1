//! Ids in OpenCode's format: a prefix, a 48 bit time and random letters.

use super::clock::Clock;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TIME_BITS: u64 = (1 << 48) - 1;

/// Makes ids. Seeded, so that the same calls give the same ids.
#[derive(Debug)]
pub(crate) struct Ids {
    clock: Clock,
    random: fastrand::Rng,
    last: u64,
    counter: u64,
}

impl Ids {
    pub(crate) fn new(clock: Clock, seed: u64) -> Self {
        Self { clock, random: fastrand::Rng::with_seed(seed), last: 0, counter: 0 }
    }

    /// The time now, in milliseconds since 1970.
    pub(crate) fn now(&mut self) -> u64 {
        self.clock.now()
    }

    /// An id that sorts after all earlier ones of its kind, like `msg_…`, `prt_…` and `evt_…`.
    pub(crate) fn ascending(&mut self, prefix: &str) -> String {
        let time = self.time();
        self.format(prefix, time)
    }

    /// An id that sorts before all earlier ones of its kind. OpenCode does so for sessions only.
    pub(crate) fn descending(&mut self, prefix: &str) -> String {
        let time = !self.time() & TIME_BITS;
        self.format(prefix, time)
    }

    /// `err_…` as it stands in the body of an internal server error.
    pub(crate) fn error_reference(&mut self) -> String {
        format!("err_{:08x}", self.random.u32(..))
    }

    /// Two words, as OpenCode names sessions: `quiet-otter`.
    pub(crate) fn slug(&mut self) -> String {
        const FIRST: [&str; 8] = ["brave", "calm", "eager", "gentle", "lucky", "misty", "quiet", "swift"];
        const SECOND: [&str; 8] = ["canyon", "comet", "eagle", "forest", "lagoon", "otter", "panda", "river"];
        let first = FIRST[self.random.usize(..FIRST.len())];
        let second = SECOND[self.random.usize(..SECOND.len())];
        format!("{first}-{second}")
    }

    /// Milliseconds times 4096 plus a counter within the millisecond, cut to 48 bits.
    fn time(&mut self) -> u64 {
        let now = self.now();
        if now == self.last {
            self.counter += 1;
        } else {
            (self.last, self.counter) = (now, 1);
        }
        now.wrapping_mul(4096).wrapping_add(self.counter) & TIME_BITS
    }

    fn format(&mut self, prefix: &str, time: u64) -> String {
        let mut id = format!("{prefix}_{time:012x}");
        for _ in 0..14 {
            id.push(char::from(LETTERS[self.random.usize(..LETTERS.len())]));
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_ascend_and_session_ids_descend() {
        let mut ids = Ids::new(Clock::ticking(1_795_211_155_868), 1);
        let (first, second) = (ids.ascending("msg"), ids.ascending("msg"));
        assert!(first < second, "{first} {second}");
        let (first, second) = (ids.descending("ses"), ids.descending("ses"));
        assert!(first > second, "{first} {second}");
    }

    #[test]
    fn the_time_is_where_a_real_server_puts_it() {
        // A real server made `msg_1faec599c001…` at this millisecond.
        let mut ids = Ids::new(Clock::ticking(1_795_211_155_868), 1);
        let id = ids.ascending("msg");
        assert!(id.starts_with("msg_1faec599c001"), "{id}");
        assert_eq!(id.len(), "msg_1faec599c001TyN5B9OZaCejAp".len());
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let ids = || {
            let mut ids = Ids::new(Clock::default(), 7);
            [ids.ascending("prt"), ids.descending("ses"), ids.slug(), ids.error_reference()]
        };
        assert_eq!(ids(), ids());
    }
}
