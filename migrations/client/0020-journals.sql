-- What stands beside a record: its history, what must still reach the server, what the server has confirmed.

-- One line per act on a record; the fields it changed as JSON {field: [old, new]}.
CREATE TABLE change_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  act TEXT NOT NULL CHECK (act IN ('created', 'changed', 'cancelled', 'restored', 'assigned')),
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
CREATE INDEX change_log_record ON change_log (register, record_id, id);
-- The newest record an account saved here: asked at every new form.
CREATE INDEX change_log_own ON change_log (register, account_name, id) WHERE server_seq IS NULL;

-- AUTOINCREMENT: without it numbers start again when acknowledged ops are deleted, and the server would take new edits for old.
CREATE TABLE outbox (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  op_id TEXT NOT NULL UNIQUE,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('set', 'cancel', 'restore')),
  -- Server change number of the record's version this edit was made on; 0 for a record the server has not confirmed.
  base_seq INTEGER NOT NULL,
  -- Canonical JSON of what is sent, and its SHA-256 in hexadecimal.
  body TEXT NOT NULL,
  hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'acked', 'setAside')),
  attempts INTEGER NOT NULL DEFAULT 0,
  -- Receipt of the server: change number, its text, and when it was stored here.
  seq INTEGER,
  receipt TEXT,
  acked_at INTEGER,
  -- Why the server set it aside, as a sentence.
  refusal TEXT
) STRICT;
CREATE INDEX outbox_state ON outbox (state, n);
CREATE INDEX outbox_record ON outbox (register, record_id, n);

-- The server's last known state of records that have own ops the pull cursor has not passed:
-- what the page shows is this with the own ops laid over it.
CREATE TABLE server_record (
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (register, record_id)
) STRICT, WITHOUT ROWID;

-- Every look at and export of personal data, every act: who, what, when.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  account_name TEXT NOT NULL,
  station_code TEXT NOT NULL,
  act TEXT NOT NULL,
  register TEXT NOT NULL,
  record_id TEXT NOT NULL,
  -- JSON without personal data: counts, columns, conditions' field names.
  detail TEXT NOT NULL
) STRICT;

-- Open forms, one row a field, written as the clerk types.
CREATE TABLE draft (
  id TEXT NOT NULL PRIMARY KEY,
  register TEXT NOT NULL,
  -- Everything of the draft but its inputs, as JSON.
  head TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE draft_input (
  draft_id TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
  field TEXT NOT NULL,
  input TEXT NOT NULL,
  PRIMARY KEY (draft_id, field)
) STRICT, WITHOUT ROWID;

-- Name → JSON value: replica, epoch, cursor, settings, preferences.
CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Entries of dictionaries that no file carries: streets and communities from the server or the demo data.
CREATE TABLE dictionary_entry (
  dictionary TEXT NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  parent TEXT,
  mnemonic TEXT,
  valid_from TEXT,
  valid_to TEXT,
  -- 'server' or 'demo': demo entries can be removed again without a trace.
  origin TEXT NOT NULL,
  PRIMARY KEY (dictionary, code)
) STRICT, WITHOUT ROWID;

-- Entries below one, and the few that are not always in force.
CREATE INDEX dictionary_entry_parent ON dictionary_entry (dictionary, parent);
CREATE INDEX dictionary_entry_limited ON dictionary_entry (dictionary)
WHERE valid_from IS NOT NULL OR valid_to IS NOT NULL;

-- Grows by every change of a table's entries: a prebuilt look-up of another stamp is out of date.
CREATE TABLE dictionary_stamp (
  dictionary TEXT NOT NULL PRIMARY KEY,
  stamp INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER dictionary_entry_added AFTER INSERT ON dictionary_entry BEGIN
  INSERT INTO dictionary_stamp (dictionary, stamp) VALUES (new.dictionary, 1)
  ON CONFLICT (dictionary) DO UPDATE SET stamp = stamp + 1;
END;
CREATE TRIGGER dictionary_entry_changed AFTER UPDATE ON dictionary_entry BEGIN
  UPDATE dictionary_stamp SET stamp = stamp + 1 WHERE dictionary IN (old.dictionary, new.dictionary);
END;
CREATE TRIGGER dictionary_entry_removed AFTER DELETE ON dictionary_entry BEGIN
  UPDATE dictionary_stamp SET stamp = stamp + 1 WHERE dictionary = old.dictionary;
END;

-- Recently taken look-up entries per account, ≤ 200 a source, one decaying score each (half-life 14 days).
CREATE TABLE lookup_recent (
  account_name TEXT NOT NULL,
  source TEXT NOT NULL,
  code TEXT NOT NULL,
  score REAL NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account_name, source, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE photo (
  hash TEXT NOT NULL PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;
