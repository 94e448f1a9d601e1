-- Objects that hold bytes. The key of an object is used once: bytes that come back get another one.
CREATE TABLE opencode_blobs (
  object_key TEXT PRIMARY KEY NOT NULL,
  digest TEXT NOT NULL,
  size BIGINT NOT NULL,
  state TEXT NOT NULL,
  touched_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX opencode_blobs_live ON opencode_blobs (digest) WHERE state = 'live';
CREATE INDEX opencode_blobs_touched ON opencode_blobs (touched_at);

CREATE TABLE opencode_artifacts (
  turn_id BIGINT NOT NULL REFERENCES opencode_turns (id),
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  digest TEXT NOT NULL,
  object_key TEXT NOT NULL REFERENCES opencode_blobs (object_key),
  trust TEXT,
  revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (turn_id, name)
);
CREATE INDEX opencode_artifacts_object ON opencode_artifacts (object_key);
