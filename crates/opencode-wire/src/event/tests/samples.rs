//! One sample of every event that OpenCode 1.18 declares: its name, and the least that it carries.

pub(super) const SAMPLES: &[(&str, &str)] = &[
    ("catalog.updated", "{}"),
    ("command.executed", r#"{"name":"x","sessionID":"ses_1","arguments":"x","messageID":"msg_1"}"#),
    ("file.edited", r#"{"file":"x"}"#),
    ("file.watcher.updated", r#"{"file":"x","event":"add"}"#),
    ("global.disposed", "{}"),
    ("installation.update-available", r#"{"version":"x"}"#),
    ("installation.updated", r#"{"version":"x"}"#),
    ("integration.connection.updated", r#"{"integrationID":"x"}"#),
    ("integration.updated", "{}"),
    ("lsp.updated", "{}"),
    ("mcp.browser.open.failed", r#"{"mcpName":"x","url":"x"}"#),
    ("mcp.tools.changed", r#"{"server":"x"}"#),
    (
        "message.part.delta",
        r#"{"sessionID":"ses_1","messageID":"msg_1","partID":"prt_1","field":"x","delta":"x"}"#,
    ),
    ("message.part.removed", r#"{"sessionID":"ses_1","messageID":"msg_1","partID":"prt_1"}"#),
    (
        "message.part.updated",
        r#"{"sessionID":"ses_1","part":{"id":"prt_1","sessionID":"ses_1","messageID":"msg_1","type":"text","text":"x"},"time":1}"#,
    ),
    ("message.removed", r#"{"sessionID":"ses_1","messageID":"msg_1"}"#),
    (
        "message.updated",
        r#"{"sessionID":"ses_1","info":{"id":"msg_1","sessionID":"ses_1","role":"user","time":{"created":1},"agent":"x","model":{"providerID":"x","modelID":"x"}}}"#,
    ),
    ("models-dev.refreshed", "{}"),
    (
        "permission.asked",
        r#"{"id":"per_1","sessionID":"ses_1","permission":"x","patterns":["x"],"metadata":{},"always":["x"]}"#,
    ),
    ("permission.replied", r#"{"sessionID":"ses_1","requestID":"per_1","reply":"once"}"#),
    ("permission.v2.asked", r#"{"id":"per_1","sessionID":"ses_1","action":"x","resources":["x"]}"#),
    ("permission.v2.replied", r#"{"sessionID":"ses_1","requestID":"per_1","reply":"once"}"#),
    ("plugin.added", r#"{"id":"x"}"#),
    ("project.directories.updated", r#"{"projectID":"x"}"#),
    ("project.updated", r#"{"id":"x","worktree":"x","time":{"created":1,"updated":1},"sandboxes":["x"]}"#),
    (
        "pty.created",
        r#"{"info":{"id":"pty_1","title":"x","command":"x","args":["x"],"cwd":"x","status":"running","pid":1}}"#,
    ),
    ("pty.deleted", r#"{"id":"pty_1"}"#),
    ("pty.exited", r#"{"id":"pty_1","exitCode":1}"#),
    (
        "pty.updated",
        r#"{"info":{"id":"pty_1","title":"x","command":"x","args":["x"],"cwd":"x","status":"running","pid":1}}"#,
    ),
    (
        "question.asked",
        r#"{"id":"que_1","sessionID":"ses_1","questions":[{"question":"x","header":"x","options":[{"label":"x","description":"x"}]}]}"#,
    ),
    ("question.rejected", r#"{"sessionID":"ses_1","requestID":"que_1"}"#),
    ("question.replied", r#"{"sessionID":"ses_1","requestID":"que_1","answers":[["x"]]}"#),
    (
        "question.v2.asked",
        r#"{"id":"que_1","sessionID":"ses_1","questions":[{"question":"x","header":"x","options":[{"label":"x","description":"x"}]}]}"#,
    ),
    ("question.v2.rejected", r#"{"sessionID":"ses_1","requestID":"que_1"}"#),
    ("question.v2.replied", r#"{"sessionID":"ses_1","requestID":"que_1","answers":[["x"]]}"#),
    ("reference.updated", "{}"),
    ("server.connected", "{}"),
    ("server.instance.disposed", r#"{"directory":"x"}"#),
    ("session.compacted", r#"{"sessionID":"ses_1"}"#),
    (
        "session.created",
        r#"{"sessionID":"ses_1","info":{"id":"ses_1","slug":"x","projectID":"x","directory":"x","title":"x","version":"x","time":{"created":1,"updated":1}}}"#,
    ),
    (
        "session.deleted",
        r#"{"sessionID":"ses_1","info":{"id":"ses_1","slug":"x","projectID":"x","directory":"x","title":"x","version":"x","time":{"created":1,"updated":1}}}"#,
    ),
    ("session.diff", r#"{"sessionID":"ses_1","diff":[{"additions":1,"deletions":1}]}"#),
    ("session.error", "{}"),
    ("session.idle", r#"{"sessionID":"ses_1"}"#),
    ("session.next.agent.switched", r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1","agent":"x"}"#),
    (
        "session.next.compaction.delta",
        r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1","text":"x"}"#,
    ),
    (
        "session.next.compaction.ended",
        r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1","reason":"auto","text":"x","recent":"x"}"#,
    ),
    (
        "session.next.compaction.started",
        r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1","reason":"auto"}"#,
    ),
    ("session.next.context.updated", r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1","text":"x"}"#),
    (
        "session.next.model.switched",
        r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1","model":{"id":"x","providerID":"x"}}"#,
    ),
    ("session.next.moved", r#"{"timestamp":1,"sessionID":"ses_1","location":{"directory":"x"}}"#),
    (
        "session.next.prompt.admitted",
        r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1","prompt":{"text":"x"},"delivery":"steer"}"#,
    ),
    (
        "session.next.prompted",
        r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1","prompt":{"text":"x"},"delivery":"steer"}"#,
    ),
    (
        "session.next.reasoning.delta",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","reasoningID":"x","delta":"x"}"#,
    ),
    (
        "session.next.reasoning.ended",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","reasoningID":"x","text":"x"}"#,
    ),
    (
        "session.next.reasoning.started",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","reasoningID":"x"}"#,
    ),
    (
        "session.next.retried",
        r#"{"timestamp":1,"sessionID":"ses_1","attempt":1,"error":{"message":"x","isRetryable":true}}"#,
    ),
    ("session.next.revert.cleared", r#"{"timestamp":1,"sessionID":"ses_1"}"#),
    ("session.next.revert.committed", r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1"}"#),
    ("session.next.revert.staged", r#"{"timestamp":1,"sessionID":"ses_1","revert":{"messageID":"msg_1"}}"#),
    ("session.next.shell.ended", r#"{"timestamp":1,"sessionID":"ses_1","callID":"x","output":"x"}"#),
    (
        "session.next.shell.started",
        r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1","callID":"x","command":"x"}"#,
    ),
    (
        "session.next.step.ended",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","finish":"x","cost":1,"tokens":{"input":1,"output":1,"reasoning":1,"cache":{"read":1,"write":1}}}"#,
    ),
    (
        "session.next.step.failed",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","error":{"type":"unknown","message":"x"}}"#,
    ),
    (
        "session.next.step.started",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","agent":"x","model":{"id":"x","providerID":"x"}}"#,
    ),
    ("session.next.synthetic", r#"{"timestamp":1,"sessionID":"ses_1","messageID":"msg_1","text":"x"}"#),
    (
        "session.next.text.delta",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","textID":"x","delta":"x"}"#,
    ),
    (
        "session.next.text.ended",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","textID":"x","text":"x"}"#,
    ),
    (
        "session.next.text.started",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","textID":"x"}"#,
    ),
    (
        "session.next.tool.called",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","callID":"x","tool":"x","input":{},"provider":{"executed":true}}"#,
    ),
    (
        "session.next.tool.failed",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","callID":"x","error":{"type":"unknown","message":"x"},"provider":{"executed":true}}"#,
    ),
    (
        "session.next.tool.input.delta",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","callID":"x","delta":"x"}"#,
    ),
    (
        "session.next.tool.input.ended",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","callID":"x","text":"x"}"#,
    ),
    (
        "session.next.tool.input.started",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","callID":"x","name":"x"}"#,
    ),
    (
        "session.next.tool.progress",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","callID":"x","structured":{},"content":[{"type":"text","text":"x"}]}"#,
    ),
    (
        "session.next.tool.success",
        r#"{"timestamp":1,"sessionID":"ses_1","assistantMessageID":"msg_1","callID":"x","structured":{},"content":[{"type":"text","text":"x"}],"provider":{"executed":true}}"#,
    ),
    ("session.status", r#"{"sessionID":"ses_1","status":{"type":"idle"}}"#),
    (
        "session.updated",
        r#"{"sessionID":"ses_1","info":{"id":"ses_1","slug":"x","projectID":"x","directory":"x","title":"x","version":"x","time":{"created":1,"updated":1}}}"#,
    ),
    ("todo.updated", r#"{"sessionID":"ses_1","todos":[{"content":"x","status":"x","priority":"x"}]}"#),
    ("tui.command.execute", r#"{"command":"session.list"}"#),
    ("tui.prompt.append", r#"{"text":"x"}"#),
    ("tui.session.select", r#"{"sessionID":"ses_1"}"#),
    ("tui.toast.show", r#"{"message":"x","variant":"info"}"#),
    ("vcs.branch.updated", "{}"),
    ("workspace.failed", r#"{"message":"x"}"#),
    ("workspace.ready", r#"{"name":"x"}"#),
    ("workspace.status", r#"{"workspaceID":"wrk_1","status":"connected"}"#),
    ("worktree.failed", r#"{"message":"x"}"#),
    ("worktree.ready", r#"{"name":"x"}"#),
];
