//! Candidates that take turns.

use std::time::Instant;

/// Odd, so that there is a median; five at least, so that one disturbed round does not decide.
const ROUNDS: usize = 7;

/// Runs each candidate in turn, [`ROUNDS`] times, beginning with another one each time; gives each one's median, in
/// seconds.
#[expect(clippy::needless_pass_by_value, reason = "candidates are written where they are raced")]
pub(crate) fn race<const N: usize>(candidates: [&mut dyn FnMut() -> usize; N]) -> [f64; N] {
    let mut seconds = [const { Vec::new() }; N];
    for round in 0..=ROUNDS {
        for turn in 0..N {
            let at = (round + turn) % N;
            let start = Instant::now();
            std::hint::black_box(candidates[at]());
            // The first round only warms up.
            if round > 0 {
                seconds[at].push(start.elapsed().as_secs_f64());
            }
        }
    }
    seconds.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    })
}
