CREATE TABLE opencode_events (
  turn_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (turn_id, seq)
){clustered};
-- The turns whose logs may be pruned.
CREATE INDEX opencode_turns_ended ON opencode_turns (ended_at) WHERE state = 'ended' AND pruned_to = 0;
