CREATE TABLE opencode_turns (
  id {row_id},
  session_id BIGINT NOT NULL REFERENCES opencode_sessions (id),
  scope TEXT NOT NULL,
  idempotency_key TEXT,
  message_id TEXT NOT NULL UNIQUE,
  payload TEXT NOT NULL,
  prompt TEXT,
  delivery TEXT NOT NULL,
  lane BIGINT NOT NULL,
  state TEXT NOT NULL,
  owner TEXT,
  attempt BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  joined_to BIGINT,
  prompted_at BIGINT,
  stop TEXT,
  end_kind TEXT,
  end_message TEXT,
  end_detail TEXT,
  admitted_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT,
  pruned_to BIGINT NOT NULL,
  UNIQUE (session_id, idempotency_key)
);

-- A session has one turn that is next or runs, apart from those that were steered into it.
CREATE UNIQUE INDEX opencode_turns_head ON opencode_turns (session_id)
  WHERE joined_to IS NULL AND state IN ('ready', 'claimed', 'prompting', 'running');
CREATE INDEX opencode_turns_ready ON opencode_turns (id) WHERE state = 'ready';
CREATE INDEX opencode_turns_leased ON opencode_turns (lease_until)
  WHERE state IN ('claimed', 'prompting', 'running');
CREATE INDEX opencode_turns_queued ON opencode_turns (session_id, lane, id) WHERE state = 'queued';
CREATE INDEX opencode_turns_joined ON opencode_turns (joined_to) WHERE joined_to IS NOT NULL;

-- Prompts apart from their turns where they are long, because a turn's row is rewritten with each of its states.
CREATE TABLE opencode_long_prompts (
  turn_id BIGINT PRIMARY KEY NOT NULL,
  prompt TEXT NOT NULL
);
