//! What is used, asked and done beside texts and calls.

use super::*;

#[test]
fn b15_each_step_is_told_once_however_it_ends() {
    let mut stage = Stage::plain();
    for _ in 0..2 {
        stage.part(ROOT, "msg_2", step("prt_1", &json!(0.5), &json!(10)));
    }
    // The turn was aborted, and the server stored the next step all the same.
    stage.apply("message.part.updated", &placed(ROOT, "msg_2", step("prt_2", &json!(0.25), &json!(7))));
    stage.finish();
    stage.finish();
    let told: Vec<_> = stage
        .told()
        .into_iter()
        .filter_map(|kind| match kind {
            AgentEventKind::StepUsage { step, usage } => Some((step, usage.input, usage.output)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [("prt_1".to_owned(), 10, 2), ("prt_2".to_owned(), 7, 2)]);
    assert_eq!(stage.reply.usage().input, 17);
}

#[test]
fn b15_a_step_that_used_nothing_is_not_told_and_nonsense_is_nothing() {
    let mut stage = Stage::plain();
    let mut nothing = step("prt_1", &json!(-3.5), &json!(-4));
    nothing["tokens"]["output"] = json!(0);
    stage.part(ROOT, "msg_2", nothing);
    stage.part(ROOT, "msg_2", json!({"id": "prt_2", "type": "step-finish", "reason": "stop"}));
    assert_eq!(stage.told(), []);
    stage.part(ROOT, "msg_2", step("prt_3", &json!(-1), &json!(2.6)));
    let told = stage.told();
    let [AgentEventKind::StepUsage { usage, .. }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((usage.input, usage.output, usage.cost.to_bits()), (3, 2, 0));
}

#[test]
fn sub_agents_are_told_apart() {
    let mut stage = Stage::plain();
    stage.tool("prt_1", "task", &json!({"status": "pending", "input": {}}));
    let info = json!({"id": CHILD, "parentID": ROOT, "title": "Look up (@general subagent)",
        "time": {"created": 1, "updated": 1}});
    stage.told();
    stage.tell("session.created", &json!({"sessionID": CHILD, "info": info}));
    let sub_agent = Origin::SubAgent(CHILD.to_owned());
    let started = AgentEventKind::SubAgentStarted {
        parent: Origin::Prompted,
        agent: Some("general".to_owned()),
        title: "Look up".to_owned(),
        call: Some("prt_1".to_owned()),
    };
    assert_eq!(stage.events, [AgentEvent::new(sub_agent.clone(), started)]);
    stage.answer(CHILD, "msg_4");
    stage.delta(CHILD, "msg_4", "prt_4", "child");
    stage.delta(ROOT, "msg_2", "prt_5", "parent");
    stage.tell("session.status", &json!({"sessionID": CHILD, "status": {"type": "idle"}}));
    assert_eq!((stage.text(), stage.text_of(&sub_agent)), ("parent".to_owned(), "child".to_owned()));
    let last = stage.events.last().unwrap();
    assert_eq!(*last, AgentEvent::new(sub_agent, AgentEventKind::Status(AgentStatus::Idle)));
}

#[test]
fn whoever_waits_for_a_person_is_blocked() {
    let mut stage = Stage::plain();
    let asked = json!({"id": "per_1", "sessionID": ROOT, "permission": "bash", "patterns": ["ls", "ls *"],
        "always": [], "tool": {"messageID": "msg_2", "callID": "call_1"}});
    stage.tell("permission.asked", &asked);
    let told = stage.told();
    let [AgentEventKind::Asked(request), AgentEventKind::Status(AgentStatus::Blocked)] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!((request.id.as_str(), request.kind), ("per_1", RequestKind::Permission));
    assert_eq!((request.what.as_str(), request.call_id.as_deref()), ("bash: ls, ls *", Some("call_1")));
    assert_eq!(request.detail["patterns"], json!(["ls", "ls *"]));
    stage.tell("permission.replied", &json!({"sessionID": ROOT, "requestID": "per_1", "reply": "once"}));
    let answered = AgentEventKind::Answered { request: "per_1".to_owned() };
    assert_eq!(stage.told(), [answered, AgentEventKind::Status(AgentStatus::Working)]);
    let questions = json!([{"question": "Which?", "header": "Pick", "options": []}]);
    stage.tell("question.asked", &json!({"id": "que_1", "sessionID": ROOT, "questions": questions}));
    stage.told();
    stage.finish();
    let answered = AgentEventKind::Answered { request: "que_1".to_owned() };
    assert_eq!(stage.told(), [answered, AgentEventKind::Status(AgentStatus::Idle)]);
}

#[test]
fn only_the_end_of_the_turn_makes_the_prompted_agent_idle() {
    let mut stage = Stage::plain();
    stage.tell("session.idle", &json!({"sessionID": ROOT}));
    assert_eq!(stage.told(), []);
    stage.finish();
    assert_eq!(stage.told(), [AgentEventKind::Status(AgentStatus::Idle)]);
}

#[test]
fn failures_and_gaps_are_told() {
    let mut stage = Stage::plain();
    let error = json!({"name": "APIError", "data": {"message": "no credit"}});
    stage.tell("session.error", &json!({"sessionID": ROOT, "error": error}));
    let gap = Change::new(99, ROOT.parse().unwrap(), ChangeKind::Gap);
    stage.map(&[gap]);
    let failed = AgentEventKind::Failed { name: "APIError".to_owned(), message: "no credit".to_owned() };
    assert_eq!(stage.told(), [failed, AgentEventKind::Gap]);
}
