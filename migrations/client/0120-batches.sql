-- 批量录入: piles of paper forms, what has become of every sheet, and the confirmed 日结. They belong to this store and this
-- account; nothing of them is sent anywhere.

CREATE TABLE batch (
  id TEXT NOT NULL PRIMARY KEY,
  account_name TEXT NOT NULL,
  register TEXT NOT NULL,
  community_code TEXT,
  collector_id TEXT,
  -- The day on the paper forms.
  collection_date TEXT NOT NULL,
  expected_count INTEGER NOT NULL CHECK (expected_count > 0),
  -- Days at the place of work.
  opened_date TEXT NOT NULL,
  closed_date TEXT,
  -- Counts openings and continuations: the open batch with the highest turn is the one a new form joins.
  turn INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_open ON batch (account_name, register, turn) WHERE closed_date IS NULL;
CREATE INDEX batch_opened ON batch (account_name, opened_date);

-- One act on one paper form. A row that was taken back stays; the paper then gets a row anew.
CREATE TABLE batch_sheet (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- null: 未列入批次, a new record that was saved outside of any batch.
  batch_id TEXT REFERENCES batch (id),
  account_name TEXT NOT NULL,
  register TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('saved', 'void', 'deferred')),
  record_id TEXT,
  -- Why it is void or deferred.
  reason TEXT NOT NULL,
  -- What was typed of a deferred sheet, as the JSON of a draft without pins.
  draft TEXT,
  day TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- The save was undone, or the sheet taken up again.
  undone_at INTEGER,
  CHECK ((state = 'saved') = (record_id IS NOT NULL))
) STRICT;
CREATE INDEX batch_sheet_batch ON batch_sheet (batch_id, id) WHERE batch_id IS NOT NULL;
CREATE INDEX batch_sheet_day ON batch_sheet (account_name, day);
CREATE UNIQUE INDEX batch_sheet_record ON batch_sheet (record_id) WHERE record_id IS NOT NULL;

-- 确认日结: every one is kept, the newest of a day counts.
CREATE TABLE day_end (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_name TEXT NOT NULL,
  day TEXT NOT NULL,
  confirmed_at INTEGER NOT NULL,
  is_balanced INTEGER NOT NULL CHECK (is_balanced IN (0, 1)),
  reason TEXT NOT NULL CHECK (is_balanced = 1 OR reason <> ''),
  -- The lines as they were, as JSON: numbers and sentences, no record.
  body TEXT NOT NULL
) STRICT;
CREATE INDEX day_end_day ON day_end (account_name, day, id);

-- Pins live in memory only from here on. The rows stay, empty: a migration that loses rows is refused.
UPDATE setting SET value = '[]' WHERE name LIKE 'preference.entry.pins.%';
