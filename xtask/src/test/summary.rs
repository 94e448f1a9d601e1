//! The table at the end of a run, and its last line.

use super::counts::Counts;

/// What one tier did.
#[derive(Clone, Debug)]
pub(crate) struct TierReport {
    /// The tier's name as the plan shows it.
    pub(crate) tier: &'static str,
    /// Sums over everything the tier ran.
    pub(crate) counts: Counts,
    /// Why something was skipped or failed outside of a test; empty when there is nothing to say.
    pub(crate) notes: Vec<String>,
}

impl TierReport {
    /// A report of nothing so far.
    pub(crate) const fn new(tier: &'static str) -> Self {
        Self { tier, counts: Counts { passed: 0, failed: 0, skipped: 0 }, notes: Vec::new() }
    }

    /// Adds a sentence for the reader of the table.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Counts one failure that no test could report, and says what it was.
    pub(crate) fn fail(&mut self, note: impl Into<String>) {
        self.counts += Counts::one_failed();
        self.note(note);
    }
}

/// The sums of all tiers.
pub(crate) fn total(reports: &[TierReport]) -> Counts {
    let mut total = Counts::default();
    for report in reports {
        total += report.counts;
    }
    total
}

/// Renders the table; the last line is exactly `N passed, N failed, N skipped`.
pub(crate) fn render(reports: &[TierReport]) -> String {
    let width = reports.iter().map(|report| report.tier.len()).max().unwrap_or(0).max("tier".len());
    let mut text = format!("{:width$}  {:>6}  {:>6}  {:>7}\n", "tier", "passed", "failed", "skipped");
    for report in reports {
        let Counts { passed, failed, skipped } = report.counts;
        text.push_str(&format!("{:width$}  {passed:>6}  {failed:>6}  {skipped:>7}", report.tier));
        if !report.notes.is_empty() {
            text.push_str(&format!("  ({})", report.notes.join("; ")));
        }
        text.push('\n');
    }
    let Counts { passed, failed, skipped } = total(reports);
    text.push_str(&format!("\n{passed} passed, {failed} failed, {skipped} skipped"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_the_sum() {
        let mut unit = TierReport::new("unit");
        unit.counts.passed = 40;
        let mut real = TierReport::new("real server");
        real.counts.skipped = 3;
        real.note("no server");
        real.fail("and CI asks for one");
        let text = render(&[unit, real]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.last(), Some(&"40 passed, 1 failed, 3 skipped"));
        assert_eq!(lines[2], "real server       0       1        3  (no server; and CI asks for one)");
    }
}
