CREATE TABLE opencode_parts (
  turn_id BIGINT NOT NULL,
  part_id TEXT NOT NULL,
  upstream_session TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  body TEXT NOT NULL,
  grows TEXT,
  PRIMARY KEY (turn_id, part_id)
){clustered};

-- The one field of a part that grows, in the pieces in which it came: what is stored is never rewritten.
CREATE TABLE opencode_part_text (
  turn_id BIGINT NOT NULL,
  part_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (turn_id, part_id, at)
){clustered};

CREATE TABLE opencode_usage (
  turn_id BIGINT NOT NULL,
  step_id TEXT NOT NULL,
  session_id BIGINT NOT NULL,
  upstream_session TEXT NOT NULL,
  input BIGINT NOT NULL,
  output BIGINT NOT NULL,
  reasoning BIGINT NOT NULL,
  cache_read BIGINT NOT NULL,
  cache_write BIGINT NOT NULL,
  cost_nanos BIGINT NOT NULL,
  PRIMARY KEY (turn_id, step_id)
){clustered};
CREATE INDEX opencode_usage_session ON opencode_usage (session_id);
