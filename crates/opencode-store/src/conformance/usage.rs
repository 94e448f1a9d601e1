//! Cases about what turns used.

use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::reply::Usage;

use crate::conformance::Fixture;
use crate::conformance::steps::{subject, unique};
use crate::reply::{Snapshot, StepUsage, UsageOf};
use crate::session::{SessionRowId, Subject};
use crate::turn::{Lease, TurnId};

/// A step with every kind of tokens, each another number.
fn used(input: u64, cost: f64) -> Usage {
    let mut usage = Usage::default();
    let fields = [&mut usage.input, &mut usage.output, &mut usage.reasoning, &mut usage.cache_read];
    for (more, field) in (0..).zip(fields) {
        *field = input + more;
    }
    (usage.cache_write, usage.cost) = (input + 4, cost);
    usage
}

/// The sum of steps that [`used`] made.
fn sum(steps: u64, input: u64, cost: f64) -> Usage {
    let mut usage = Usage::default();
    (usage.steps, usage.cost, usage.input) = (steps, cost, input);
    (usage.output, usage.reasoning) = (input + steps, input + steps * 2);
    (usage.cache_read, usage.cache_write) = (input + steps * 3, input + steps * 4);
    usage
}

impl Fixture {
    async fn use_up(&self, lease: &Lease, step: &str, session: &str, usage: Usage) {
        let step = StepUsage::new(PartId::from_wire(step), SessionId::from_wire(session), usage);
        let snapshot = Snapshot { usage: vec![step], ..Snapshot::default() };
        self.store().replies().write_snapshot(lease, &snapshot).await.unwrap();
    }

    async fn used(&self, of: UsageOf) -> Usage {
        self.other().replies().usage(&of).await.unwrap()
    }
}

/// G18: a step is counted once, as it was told last, however often it is told and by whichever owner.
pub async fn g18_a_step_is_counted_once(fixture: &Fixture) {
    let subject = subject();
    let old = fixture.claimed(&subject).await;
    let turn = UsageOf::Turn(old.turn.id);
    for _ in 0..3 {
        fixture.use_up(&old.lease, "prt_1", "ses_root", used(10, 0.5)).await;
    }
    assert_eq!(fixture.used(turn.clone()).await, sum(1, 10, 0.5));
    fixture.use_up(&old.lease, "prt_1", "ses_root", used(7, 0.25)).await;
    assert_eq!(fixture.used(turn.clone()).await, sum(1, 7, 0.25), "as it was told last");
    fixture.store().turns().hand_over(&old.lease).await.unwrap();
    let new = fixture.claim().await.unwrap();
    fixture.use_up(&new.lease, "prt_1", "ses_root", used(10, 0.5)).await;
    fixture.use_up(&new.lease, "prt_2", "ses_root", used(20, 0.25)).await;
    assert_eq!(fixture.used(turn).await, sum(2, 30, 0.75));
}

/// G18: usage is summed over turns, sessions, records and scopes, sub-agents included.
pub async fn g18_usage_is_summed(fixture: &Fixture) {
    let scope = unique("scope");
    let first = Subject::new(&scope, "first").unwrap();
    let plan = first.clone().with_agent("plan").unwrap();
    let second = Subject::new(&scope, "second").unwrap();
    let mut input = 1;
    let mut rows = Vec::new();
    for subject in [&first, &first, &plan, &second, &subject()] {
        let claim = fixture.claimed(subject).await;
        fixture.use_up(&claim.lease, "prt_root", "ses_root", used(input, 0.0)).await;
        fixture.use_up(&claim.lease, "prt_child", "ses_child", used(input * 10, 0.0)).await;
        assert_eq!(fixture.used(UsageOf::Turn(claim.turn.id)).await, sum(2, input * 11, 0.0));
        fixture.finish(&claim.lease).await;
        rows.push(claim.turn.session);
        input *= 100;
    }
    assert_eq!(fixture.used(UsageOf::Session(rows[0])).await, sum(4, 11_11, 0.0));
    assert_eq!(fixture.used(UsageOf::Session(rows[2])).await, sum(2, 11_00_00, 0.0));
    let record = UsageOf::Record { scope: scope.clone(), key: "first".to_owned() };
    assert_eq!(fixture.used(record).await, sum(6, 11_11_11, 0.0), "whichever agents it had");
    assert_eq!(fixture.used(UsageOf::Scope(scope)).await, sum(8, 11_11_11_11, 0.0));
}

/// Nothing was used where nothing is.
pub async fn nothing_is_used_by_nobody(fixture: &Fixture) {
    let nobody = [
        UsageOf::Turn(TurnId::new(i64::MAX)),
        UsageOf::Session(SessionRowId::new(i64::MAX)),
        UsageOf::Record { scope: unique("scope"), key: "key".to_owned() },
        UsageOf::Scope(unique("scope")),
    ];
    for of in nobody {
        assert_eq!(fixture.used(of).await, Usage::default());
    }
}

/// A cost is kept to the billionth and summed exactly; what is no amount of money costs nothing.
pub async fn costs_are_summed_exactly(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let turn = UsageOf::Turn(claim.turn.id);
    for (step, cost) in [("nan", f64::NAN), ("infinite", f64::INFINITY), ("negative", -1.0)] {
        fixture.use_up(&claim.lease, step, "ses_root", used(0, cost)).await;
    }
    assert_eq!(fixture.used(turn.clone()).await, sum(3, 0, 0.0));
    for (step, cost) in [("a", 0.1), ("b", 0.2), ("c", 0.000_000_001)] {
        fixture.use_up(&claim.lease, step, "ses_root", used(0, cost)).await;
    }
    assert_eq!(fixture.used(turn).await, sum(6, 0, 0.300_000_001));
}
