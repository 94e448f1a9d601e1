//! Candidates that take turns, and what is said about them.

use std::time::Instant;

use serde_json::{Value, json};

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

/// One thing that was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: f64,
    pub(crate) unit: &'a str,
    /// What it was compared with in the same run, and how many times as good it is.
    pub(crate) compared: Option<(&'a str, f64)>,
    /// What is good enough: of the ratio if there is one, of the value otherwise.
    pub(crate) aim: Aim,
}

/// What is good enough.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
}

impl Figure<'_> {
    /// Prints the figure as a line of JSON.
    #[expect(clippy::print_stdout, reason = "figures are the output of a bench")]
    pub(crate) fn print(self) {
        let judged = self.compared.map_or(self.value, |(_, ratio)| ratio);
        let (target, met) = match self.aim {
            Aim::AtLeast(least) => (format!("at least {}", rounded(least)), judged >= least),
            Aim::AtMost(most) => (format!("at most {}", rounded(most)), judged <= most),
        };
        let line = json!({
            "bench": "wire",
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "compared_with": self.compared.map(|(name, _)| name),
            "ratio": self.compared.map(|(_, ratio)| rounded(ratio)),
            "target": target,
            "met": met,
        });
        println!("{line}");
    }
}

/// Three digits that count are more than a bench can promise.
fn rounded(value: f64) -> Value {
    if value >= 100.0 { json!(value.round()) } else { json!((value * 100.0).round() / 100.0) }
}
