-- What the whole of sync needs beside records: every kind of op, the clerk's decisions about the queue, what waits for a
-- person, records that are not shown any more, and the history of rounds.

-- The kinds of ops are the program's business (src-shared/sync/op.ts). The numbers go on where they were: no number is
-- ever given out twice, also where all ops with high numbers are gone.
CREATE TABLE outbox_next (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  op_id TEXT NOT NULL UNIQUE,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- With kind `merge`: the other record it is about.
  loser_id TEXT,
  -- Server change number of the record's version this edit was made on; 0 for a record the server has not confirmed.
  base_seq INTEGER NOT NULL,
  -- Canonical JSON of what is sent, and its SHA-256 in hexadecimal.
  body TEXT NOT NULL,
  hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- withdrawn: the clerk has taken back what the server had set aside; kept, neither sent nor shown any more.
  state TEXT NOT NULL CHECK (state IN ('pending', 'acked', 'setAside', 'withdrawn')),
  attempts INTEGER NOT NULL DEFAULT 0,
  -- Why the newest attempt got no receipt, as a sentence.
  last_error TEXT,
  -- Receipt of the server: change number, its text, and when it was stored here.
  seq INTEGER,
  receipt TEXT,
  acked_at INTEGER,
  -- Why the server set it aside, as a sentence.
  refusal TEXT,
  withdrawn_at INTEGER
) STRICT;
INSERT INTO outbox_next (
  n, op_id, register, record_id, kind, base_seq, body, hash, created_at, state, attempts, seq, receipt, acked_at, refusal
)
SELECT
  n, op_id, register, record_id, kind, base_seq, body, hash, created_at, state, attempts, seq, receipt, acked_at, refusal
FROM outbox ORDER BY n;
-- Where no op stands in the table there is no line for it yet.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'outbox_next', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'outbox_next');
UPDATE sqlite_sequence
SET seq = max(seq, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0))
WHERE name = 'outbox_next';
DROP TABLE outbox;
ALTER TABLE outbox_next RENAME TO outbox;
CREATE INDEX outbox_state ON outbox (state, n);
CREATE INDEX outbox_record ON outbox (register, record_id, n);
CREATE INDEX outbox_loser ON outbox (register, loser_id, n) WHERE loser_id IS NOT NULL;

-- Acts of the history are those of src-shared/sync/op.ts.
CREATE TABLE change_log_next (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  act TEXT NOT NULL CHECK (act IN (
    'created', 'changed', 'cancelled', 'restored', 'assigned', 'resolved', 'merged', 'unmerged', 'deleted'
  )),
  changes TEXT NOT NULL,
  reason TEXT NOT NULL,
  account_name TEXT NOT NULL,
  station_code TEXT NOT NULL,
  -- UTC milliseconds from the learnt server offset; shown, never used to order.
  at INTEGER NOT NULL,
  -- Own op number, or null where the act came from the server.
  op_n INTEGER,
  -- Server change number where the act came from the server.
  server_seq INTEGER
) STRICT;
INSERT INTO change_log_next SELECT
  id, register, record_id, act, changes, reason, account_name, station_code, at, op_n, server_seq
FROM change_log ORDER BY id;
DROP TABLE change_log;
ALTER TABLE change_log_next RENAME TO change_log;
CREATE INDEX change_log_record ON change_log (register, record_id, id);
-- The newest record an account saved here: asked at every new form.
CREATE INDEX change_log_own ON change_log (register, account_name, id) WHERE server_seq IS NULL;

-- 搁置: ops of these records wait until the clerk lets them go.
CREATE TABLE held_record (
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  held_by TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (register, record_id)
) STRICT, WITHOUT ROWID;

-- Values the server has kept beside the current ones, for a person to decide; body is a RecordConflict.
CREATE TABLE conflict (
  id TEXT NOT NULL PRIMARY KEY,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  field TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  -- 1 while an own decision about it is on its way.
  is_decided INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX conflict_record ON conflict (register, record_id);
CREATE INDEX conflict_open ON conflict (at, id) WHERE is_decided = 0;

-- Other records with the same natural key, as the server says it of record_id; both records of a pair say it.
CREATE TABLE duplicate (
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  other_id TEXT NOT NULL,
  is_decided INTEGER NOT NULL,
  PRIMARY KEY (register, record_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX duplicate_other ON duplicate (register, other_id);

-- Records that are not shown: merged into another, or deleted. Body is the ServerRecord they are shown by nowhere,
-- kept for the check and for their return.
CREATE TABLE gone_record (
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('merged', 'deleted')),
  merged_into TEXT,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (register, record_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX gone_record_status ON gone_record (status, at);

-- References that stand at the winner of a merge instead of its loser: they go back when the merge is taken back.
CREATE TABLE moved_reference (
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  field TEXT NOT NULL,
  loser_id TEXT NOT NULL,
  PRIMARY KEY (register, record_id, field, loser_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX moved_reference_loser ON moved_reference (loser_id);

-- History of rounds. A row that says `running` and is not the round that runs was broken off with the program.
CREATE TABLE sync_round (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT NOT NULL CHECK (outcome IN ('running', 'complete', 'cancelled', 'failed', 'interrupted')),
  pushed INTEGER NOT NULL DEFAULT 0,
  pulled INTEGER NOT NULL DEFAULT 0,
  conflicts INTEGER NOT NULL DEFAULT 0,
  set_aside INTEGER NOT NULL DEFAULT 0,
  bytes_sent INTEGER NOT NULL DEFAULT 0,
  bytes_received INTEGER NOT NULL DEFAULT 0,
  error TEXT
) STRICT;

-- One push: sent = accepted + conflicts + set_aside + unanswered.
CREATE TABLE sync_batch (
  batch_id TEXT NOT NULL PRIMARY KEY,
  round_id INTEGER NOT NULL REFERENCES sync_round (id) ON DELETE CASCADE,
  sent_at INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  conflicts INTEGER NOT NULL,
  set_aside INTEGER NOT NULL,
  unanswered INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sync_batch_round ON sync_batch (round_id, sent_at);
