//! Looks at everything that is left when the workers have gone, and says what should not be.

mod admissions;
mod claims;
mod facts;
mod finding;
mod objects;
mod order;
mod replies;
mod requests;
mod sessions;

use anyhow::Result;
use opencode_store::doctor::Severity;

use self::facts::Facts;
use self::finding::Finding;
use crate::orders::Orders;

/// Checks every invariant, and prints what was looked at and what was found, as one JSON object per line.
pub(crate) async fn run(orders: &Orders) -> Result<()> {
    let store = orders.open_afterwards().await?;
    // The store is swept first: what a sweep leaves has to be right.
    let mut findings = vec![sessions::one_for_each(orders, &store).await?];
    let facts = Facts::gather(orders, &store).await?;
    findings.extend([
        admissions::none_is_lost(&facts),
        claims::each_once(&facts),
        claims::each_prompted_once(&facts),
        admissions::every_turn_has_ended(&facts),
        order::one_after_the_other(&facts),
        order::times(&facts),
        replies::logs(&facts),
        replies::texts(&facts),
        replies::usage(&facts),
        requests::settled(&facts),
        objects::readable(&facts, &store).await?,
        objects::none_without_a_name(orders, &facts, &store).await?,
        nothing_surprised(&facts),
    ]);
    findings.push(doctor(&orders.open().await?).await);
    for (operation, count) in facts.operations() {
        println!("{}", serde_json::json!({ "operation": operation, "count": count }));
    }
    for finding in findings {
        println!("{}", serde_json::to_string(&finding)?);
    }
    Ok(())
}

fn nothing_surprised(facts: &Facts) -> Finding {
    let mut finding = Finding::new("no call fails that may not");
    for (owner, line) in &facts.journal {
        finding.looked_at += 1;
        if let crate::journal::Line::Surprise { call, error } = line {
            finding.fault(format!("{owner}: {call}: {error}"));
        }
    }
    finding
}

async fn doctor(store: &opencode_store::Store) -> Finding {
    let mut finding = Finding::new("the doctor finds nothing");
    for found in store.doctor().await.findings {
        finding.looked_at += 1;
        if found.severity != Severity::Fine {
            finding.fault(found.message);
        }
    }
    finding
}
