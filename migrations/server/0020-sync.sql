-- The whole of syncing: merged and deleted records, conflicts that are closed, duplicates, references, the daily check.

ALTER TABLE record RENAME TO record_before;
DROP INDEX record_scope_seq;
CREATE TABLE record (
  register TEXT NOT NULL,
  id TEXT NOT NULL,
  scope TEXT NOT NULL,
  station_code TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- 'merged': another name of `merged_into`; 'deleted': should never have been made.
  status TEXT NOT NULL CHECK (status IN ('active', 'cancelled', 'merged', 'deleted')),
  merged_into TEXT,
  cancellation TEXT,
  declaration_version INTEGER NOT NULL,
  -- JSON: values by field.
  data TEXT NOT NULL,
  -- JSON: field → [seq, writer, foreignSeq]; '@status' for the status, '' for every field not named.
  versions TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  updated_station TEXT NOT NULL,
  -- Value of the last two hexadecimal digits of the id.
  bucket INTEGER NOT NULL,
  -- Every change after `echo_after` was an op of this replica, taken exactly as it was sent; 0 for nobody.
  echo_replica INTEGER NOT NULL,
  echo_after INTEGER NOT NULL,
  -- What a pull has to look up besides the row; kept with every change so that most rows need nothing.
  open_conflicts INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  -- 1 where a reference names a record that was merged into another.
  has_alias INTEGER NOT NULL,
  PRIMARY KEY (register, id)
) STRICT;

WITH digit (letter, number) AS (
  VALUES ('0', 0), ('1', 1), ('2', 2), ('3', 3), ('4', 4), ('5', 5), ('6', 6), ('7', 7),
    ('8', 8), ('9', 9), ('a', 10), ('b', 11), ('c', 12), ('d', 13), ('e', 14), ('f', 15)
)
INSERT INTO record (register, id, scope, station_code, seq, status, merged_into, cancellation, declaration_version, data,
  versions, created_at, updated_at, updated_by, updated_station, bucket, echo_replica, echo_after, open_conflicts,
  duplicates, has_alias)
SELECT register, id, scope, station_code, seq, status, NULL, cancellation, declaration_version, data,
  versions, created_at, updated_at, updated_by, updated_station, 16 * high.number + low.number, 0, seq,
  (SELECT count(*) FROM conflict WHERE conflict.register = record_before.register
    AND conflict.record_id = record_before.id AND conflict.state = 'open'),
  (SELECT count(*) FROM natural_key AS own JOIN natural_key AS other ON other.scope = own.scope
    AND other.register = own.register AND other.key = own.key AND other.record_id <> own.record_id
    WHERE own.register = record_before.register AND own.record_id = record_before.id),
  0
FROM record_before
JOIN digit AS high ON high.letter = lower(substr(id, length(id) - 1, 1))
JOIN digit AS low ON low.letter = lower(substr(id, length(id), 1));
DROP TABLE record_before;
CREATE UNIQUE INDEX record_scope_seq ON record (scope, seq);
CREATE INDEX record_scope_bucket ON record (scope, bucket);

-- Half of the hash names a key as well, in half the room.
UPDATE natural_key SET key = substr(key, 1, 32);

-- Change numbers that moved a record without an op of its own: a duplicate appeared, a record it refers to was merged.
CREATE TABLE touch (
  seq INTEGER NOT NULL PRIMARY KEY,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL
) STRICT;

-- The greatest cursor the replica ever named. Rows up to it are given whole: who asks for them again has lost them.
ALTER TABLE replica ADD COLUMN pulled_to INTEGER NOT NULL DEFAULT 0;
UPDATE replica SET pulled_to = cursor;

-- Who may still repair an op that was set aside: the replica that sent it last, under its number there (a store that takes a
-- new id sends under both anew).
ALTER TABLE set_aside ADD COLUMN sender INTEGER NOT NULL DEFAULT 0;
ALTER TABLE set_aside ADD COLUMN sender_n INTEGER NOT NULL DEFAULT 0;
-- The batches that brought it, with blanks between: one that is delivered twice asks nothing new.
ALTER TABLE set_aside ADD COLUMN batches TEXT NOT NULL DEFAULT '';
UPDATE set_aside SET sender = replica, sender_n = n;
DROP INDEX set_aside_record;
CREATE INDEX set_aside_record ON set_aside (record_id, sender);
CREATE INDEX set_aside_sender ON set_aside (sender, sender_n);

ALTER TABLE conflict RENAME TO conflict_before;
DROP INDEX conflict_record;
DROP INDEX conflict_scope;
CREATE TABLE conflict (
  -- `<opId of the op that lost>/<field>`: the same on every machine and after a restore.
  id TEXT NOT NULL PRIMARY KEY,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  -- The record it was about before that one was merged; else null.
  origin_id TEXT,
  scope TEXT NOT NULL,
  -- A field, or '@status'.
  field TEXT NOT NULL,
  base_seq INTEGER NOT NULL,
  kept TEXT NOT NULL,
  -- Who had written what was kept; empty where the log does not say.
  kept_by TEXT NOT NULL,
  kept_station TEXT NOT NULL,
  kept_at INTEGER NOT NULL,
  lost TEXT NOT NULL,
  replica INTEGER NOT NULL,
  n INTEGER NOT NULL,
  -- The change number of the op that lost.
  seq INTEGER NOT NULL,
  account_name TEXT NOT NULL,
  station_code TEXT NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
  -- The change number of the op that decided it.
  resolved_seq INTEGER,
  resolved_by TEXT,
  resolved_station TEXT,
  resolved_at INTEGER
) STRICT;
-- An op that was set aside and repaired had its number in set_aside; its log line has its id all the same.
INSERT INTO conflict (id, register, record_id, scope, field, base_seq, kept, kept_by, kept_station, kept_at, lost,
  replica, n, seq, account_name, station_code, at, state)
SELECT op_log.op_id || '/' || field, conflict_before.register, conflict_before.record_id, scope, field,
  conflict_before.base_seq, kept, '', '', 0, lost, conflict_before.replica, conflict_before.n, conflict_before.seq,
  conflict_before.account_name, station_code, at, state
FROM conflict_before
JOIN op_log ON op_log.replica = conflict_before.replica AND op_log.n = conflict_before.n;
-- The status that lost now says as well into what a record was merged.
UPDATE conflict SET lost = substr(lost, 1, length(lost) - 1) || ',"mergedInto":null}',
  kept = substr(kept, 1, length(kept) - 1) || ',"mergedInto":null}'
WHERE field = '@status';
DROP TABLE conflict_before;
CREATE INDEX conflict_record ON conflict (record_id, state);
CREATE INDEX conflict_state ON conflict (state);

-- A record that is another name of a record.
CREATE TABLE alias (
  register TEXT NOT NULL,
  loser TEXT NOT NULL,
  scope TEXT NOT NULL,
  -- The record it was merged into, and where that one is followed to now: never itself a loser.
  winner TEXT NOT NULL,
  target TEXT NOT NULL,
  -- JSON: what taking it out again puts back.
  undo TEXT NOT NULL,
  -- The change number of the merge.
  seq INTEGER NOT NULL,
  PRIMARY KEY (register, loser)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_target ON alias (register, target);

-- Pairs that somebody has said to be different things, each both ways round.
CREATE TABLE dismissed (
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  other_id TEXT NOT NULL,
  -- The replica that said so, and under which change number.
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (register, record_id, other_id)
) STRICT, WITHOUT ROWID;

-- Which records name which, as stored: a reference to a merged record stays and is followed where it is given out.
CREATE TABLE reference (
  target TEXT NOT NULL,
  register TEXT NOT NULL,
  id TEXT NOT NULL,
  field TEXT NOT NULL,
  PRIMARY KEY (target, register, id, field)
) STRICT, WITHOUT ROWID;
INSERT INTO reference (target, register, id, field)
SELECT data ->> 'dwellingId', register, id, 'dwellingId' FROM record
  WHERE register = 'resident' AND data ->> 'dwellingId' IS NOT NULL
UNION ALL SELECT data ->> 'employerId', register, id, 'employerId' FROM record
  WHERE register = 'resident' AND data ->> 'employerId' IS NOT NULL
UNION ALL SELECT data ->> 'collectorId', register, id, 'collectorId' FROM record
  WHERE register = 'resident' AND data ->> 'collectorId' IS NOT NULL
UNION ALL SELECT data ->> 'coordinatorId', register, id, 'coordinatorId' FROM record
  WHERE register IN ('dwelling', 'employer') AND data ->> 'coordinatorId' IS NOT NULL;

-- How many records of a scope have ids of a bucket, and the sum of their change numbers, modulo 2^40.
CREATE TABLE bucket (
  scope TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  count INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (scope, bucket)
) STRICT, WITHOUT ROWID;
INSERT INTO bucket (scope, bucket, count, sum)
SELECT scope, bucket, count(*), sum(seq) % 1099511627776 FROM record GROUP BY scope, bucket;
