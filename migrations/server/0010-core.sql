-- What the server holds. Only standard SQL and row locks, so that the same shape runs on PostgreSQL.

-- Name → value: the database's epoch (new after a restore) and the secret of the natural keys.
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- The only source of change numbers. Updated in the transaction that uses them and held to its commit:
-- the order of numbers is the order of commits, without holes.
CREATE TABLE counter (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL
) STRICT;
INSERT INTO counter (id, seq) VALUES (1, 0);

CREATE TABLE station (
  code TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  -- Stations of one scope see each other's records.
  scope TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
  name TEXT NOT NULL PRIMARY KEY,
  display_name TEXT NOT NULL,
  station_code TEXT NOT NULL REFERENCES station (code),
  role TEXT NOT NULL CHECK (role IN ('clerk', 'viewer', 'administrator')),
  -- argon2id, PHC string.
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Failed sign-ins by the name that was typed, whether such an account exists or not.
CREATE TABLE sign_in_failure (
  account_name TEXT NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  failed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
  -- SHA-256 (hexadecimal) of the token.
  token_hash TEXT NOT NULL PRIMARY KEY,
  account_name TEXT NOT NULL REFERENCES account (name),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

-- A client's database file.
CREATE TABLE replica (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  scope TEXT NOT NULL,
  station_code TEXT NOT NULL,
  -- The newest op number stored; every op the replica sent up to it is in op_log.
  last_n INTEGER NOT NULL,
  cursor INTEGER NOT NULL,
  app TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;

CREATE TABLE record (
  register TEXT NOT NULL,
  id TEXT NOT NULL,
  scope TEXT NOT NULL,
  station_code TEXT NOT NULL,
  seq INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'cancelled')),
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
  PRIMARY KEY (register, id)
) STRICT;
CREATE UNIQUE INDEX record_scope_seq ON record (scope, seq);

-- Every op ever received, as it came. Rows are only added.
CREATE TABLE op_log (
  replica INTEGER NOT NULL REFERENCES replica (number),
  n INTEGER NOT NULL,
  op_id TEXT NOT NULL UNIQUE,
  -- Change number, or null where it was set aside on arrival.
  seq INTEGER,
  hash TEXT NOT NULL,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  base_seq INTEGER NOT NULL,
  body TEXT NOT NULL,
  -- JSON: what was answered.
  result TEXT NOT NULL,
  -- The account that sent it; who typed it stands in the body.
  account_name TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (replica, n)
) STRICT;
CREATE INDEX op_log_record ON op_log (register, record_id);

-- Ops that could not be accepted as they came. A later op of the same replica on the same record may repair them.
CREATE TABLE set_aside (
  replica INTEGER NOT NULL,
  n INTEGER NOT NULL,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  -- Change number once repaired.
  seq INTEGER,
  PRIMARY KEY (replica, n),
  FOREIGN KEY (replica, n) REFERENCES op_log (replica, n)
) STRICT;
CREATE INDEX set_aside_record ON set_aside (record_id, replica);

-- Values written without knowledge of each other: the kept one is current, the lost one waits for a person.
CREATE TABLE conflict (
  id INTEGER PRIMARY KEY,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  -- A field, or '@status'.
  field TEXT NOT NULL,
  base_seq INTEGER NOT NULL,
  kept TEXT NOT NULL,
  lost TEXT NOT NULL,
  replica INTEGER NOT NULL,
  n INTEGER NOT NULL,
  -- The change number of the op that lost.
  seq INTEGER NOT NULL,
  account_name TEXT NOT NULL,
  station_code TEXT NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'resolved'))
) STRICT;
CREATE INDEX conflict_record ON conflict (register, record_id);
CREATE INDEX conflict_scope ON conflict (scope, state, id);

-- HMAC-SHA-256 of the natural key → records. Not unique: two stations may register the same person.
CREATE TABLE natural_key (
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (register, record_id)
) STRICT;
CREATE INDEX natural_key_key ON natural_key (scope, register, key);

CREATE TABLE dictionary (
  name TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT;
-- Entries are added and retired, never removed.
CREATE TABLE dictionary_entry (
  dictionary TEXT NOT NULL REFERENCES dictionary (name),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  parent TEXT,
  mnemonic TEXT,
  valid_from TEXT,
  valid_to TEXT,
  -- The version that added or changed it.
  version INTEGER NOT NULL,
  PRIMARY KEY (dictionary, code)
) STRICT;

-- Who did what, without personal data.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  account_name TEXT NOT NULL,
  station_code TEXT NOT NULL,
  act TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
