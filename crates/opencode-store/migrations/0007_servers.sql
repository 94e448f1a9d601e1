-- The name of the server on which the upstream session is, where the host has more than one.
ALTER TABLE opencode_sessions ADD COLUMN server TEXT;
ALTER TABLE opencode_mints ADD COLUMN server TEXT;
