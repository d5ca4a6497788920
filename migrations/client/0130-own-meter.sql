-- 我的录入: keys and waiting time of the clerk's own records, for the clerk alone. Sums a day; nothing of it leaves this file.
CREATE TABLE own_meter (
  account_name TEXT NOT NULL,
  day TEXT NOT NULL,
  register TEXT NOT NULL,
  record_count INTEGER NOT NULL,
  key_count INTEGER NOT NULL,
  opening_ms INTEGER NOT NULL,
  saving_ms INTEGER NOT NULL,
  list_ms INTEGER NOT NULL,
  PRIMARY KEY (account_name, day, register)
) STRICT, WITHOUT ROWID;
