CREATE TABLE opencode_blockers (
  id {row_id},
  turn_id BIGINT NOT NULL REFERENCES opencode_turns (id),
  session_id BIGINT NOT NULL,
  scope TEXT NOT NULL,
  request_id TEXT NOT NULL,
  upstream_session TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  expires_at BIGINT,
  asked_at BIGINT NOT NULL,
  answer TEXT,
  answered_by TEXT,
  answered_at BIGINT,
  UNIQUE (turn_id, request_id)
);
CREATE INDEX opencode_blockers_open ON opencode_blockers (id) WHERE state = 'open';
