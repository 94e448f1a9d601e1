//! What a turn used, summed as the store sums it.

use opencode_wire::reply::Usage;

use super::ShownStep;

/// The store counts in billionths of a dollar, so that a sum does not depend on its order; so does this.
const NANOS: f64 = 1e9;

/// What all steps used together, each of which counts as one.
pub(super) fn total(steps: &[ShownStep]) -> Usage {
    let each = steps.iter().map(|step| {
        let mut usage = step.usage;
        // A provider's catalogue may say anything; what is no amount of money counts as nothing.
        let cost = if usage.cost.is_finite() { usage.cost.max(0.0) } else { 0.0 };
        (usage.steps, usage.cost) = (1, (cost * NANOS).round());
        usage
    });
    let mut total: Usage = each.sum();
    total.cost /= NANOS;
    total
}
