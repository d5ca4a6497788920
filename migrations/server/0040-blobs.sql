-- Photos. A scope reads and stores only what its own ops name; what another scope has stored is not known to it, even by its hash.

-- Every photo an op of the scope ever named: current, replaced, or waiting in a conflict.
CREATE TABLE blob_use (
  scope TEXT NOT NULL,
  -- SHA-256 (hexadecimal) of the content.
  hash TEXT NOT NULL,
  named_at INTEGER NOT NULL,
  -- 1 once the content is in `blob`.
  is_stored INTEGER NOT NULL CHECK (is_stored IN (0, 1)),
  PRIMARY KEY (scope, hash)
) STRICT;
CREATE INDEX blob_use_missing ON blob_use (scope, hash) WHERE is_stored = 0;
INSERT INTO blob_use (scope, hash, named_at, is_stored)
SELECT scope, substr(data, instr(data, '"photo":"') + 9, 64), min(created_at), 0
FROM record WHERE data LIKE '%"photo":"%' GROUP BY 1, 2;

CREATE TABLE blob (
  scope TEXT NOT NULL,
  hash TEXT NOT NULL,
  bytes BLOB NOT NULL,
  stored_at INTEGER NOT NULL,
  PRIMARY KEY (scope, hash)
) STRICT;

-- Content that has arrived in part, by the replica that sends it: nobody can spoil another's.
CREATE TABLE blob_part (
  replica INTEGER NOT NULL REFERENCES replica (number),
  hash TEXT NOT NULL,
  size INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  touched_at INTEGER NOT NULL,
  PRIMARY KEY (replica, hash)
) STRICT;
