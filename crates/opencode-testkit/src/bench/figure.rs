//! What is said about a measurement.

use serde_json::{Value, json};

/// One thing that was measured.
#[derive(Debug, Clone, Copy)]
pub struct Figure<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it is, in that unit.
    pub value: f64,
    /// What the value counts.
    pub unit: &'a str,
    /// What it was compared with in the same run, and how many times as much it is.
    pub compared: Option<(&'a str, f64)>,
    /// What is good enough; nothing where the figure is for information.
    pub aims: &'a [Aim],
}

/// What is good enough.
#[derive(Debug, Clone, Copy)]
pub enum Aim {
    /// The value is no less.
    AtLeast(f64),
    /// The value is no more.
    AtMost(f64),
    /// The ratio is no less.
    RatioAtLeast(f64),
    /// The ratio is no more.
    RatioAtMost(f64),
}

impl Aim {
    fn words(self) -> String {
        match self {
            Self::AtLeast(least) => format!("at least {}", rounded(least)),
            Self::AtMost(most) => format!("at most {}", rounded(most)),
            Self::RatioAtLeast(least) => format!("a ratio of at least {}", rounded(least)),
            Self::RatioAtMost(most) => format!("a ratio of at most {}", rounded(most)),
        }
    }

    fn is_met(self, figure: &Figure<'_>) -> bool {
        let ratio = figure.compared.map(|(_, ratio)| ratio);
        match self {
            Self::AtLeast(least) => figure.value >= least,
            Self::AtMost(most) => figure.value <= most,
            Self::RatioAtLeast(least) => ratio.is_some_and(|ratio| ratio >= least),
            Self::RatioAtMost(most) => ratio.is_some_and(|ratio| ratio <= most),
        }
    }
}

impl Figure<'_> {
    /// Prints the figure as a line of JSON, with the name of the bench and whether it meets its aims.
    #[expect(clippy::print_stdout, reason = "figures are the output of a bench")]
    pub fn print(self) {
        let mut line = json!({
            "bench": program(),
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "compared_with": self.compared.map(|(name, _)| name),
            "ratio": self.compared.map(|(_, ratio)| rounded(ratio)),
        });
        if !self.aims.is_empty() {
            let words: Vec<String> = self.aims.iter().map(|aim| aim.words()).collect();
            line["target"] = json!(words.join(" and "));
            line["met"] = json!(self.aims.iter().all(|aim| aim.is_met(&self)));
        }
        println!("{line}");
    }
}

/// What this program is called, without what cargo appends to the names of benches.
fn program() -> Option<String> {
    let path = std::env::current_exe().ok()?;
    let name = path.file_stem()?.to_str()?;
    Some(name.rsplit_once('-').map_or(name, |(name, _)| name).to_owned())
}

/// Three digits that count are more than a bench can promise.
fn rounded(value: f64) -> Value {
    if value >= 100.0 { json!(value.round()) } else { json!((value * 100.0).round() / 100.0) }
}
