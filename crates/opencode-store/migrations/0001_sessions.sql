CREATE TABLE opencode_sessions (
  id {row_id},
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  agent TEXT NOT NULL,
  upstream_id TEXT UNIQUE,
  status TEXT NOT NULL,
  generation BIGINT NOT NULL,
  binding TEXT,
  permissions TEXT,
  directory TEXT,
  mint_token TEXT,
  mint_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (scope, key, agent)
);

-- Attempts to make an upstream session, until nothing of them can be left on the server.
-- With an upstream id: a session to delete. Without: the server has to be searched for the token.
CREATE TABLE opencode_mints (
  token TEXT PRIMARY KEY NOT NULL,
  upstream_id TEXT,
  directory TEXT,
  due_at BIGINT NOT NULL
);
CREATE INDEX opencode_mints_due ON opencode_mints (due_at);
