-- Who leases: the residents that a lease names, one row each, for the way back from a resident to the leases. Kept by triggers, so that it says what the
-- leases say whoever writes them.
CREATE TABLE lease_lessee (
  target_id TEXT NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (target_id, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_lessee_row ON lease_lessee (row);
INSERT OR IGNORE INTO lease_lessee (target_id, row)
SELECT lessee.value, lease.row FROM lease, json_each(lease.lessee_ids) AS lessee;

CREATE TRIGGER lease_lessee_added AFTER INSERT ON lease WHEN new.lessee_ids IS NOT NULL BEGIN
  INSERT OR IGNORE INTO lease_lessee (target_id, row)
  SELECT lessee.value, new.row FROM json_each(new.lessee_ids) AS lessee;
END;
CREATE TRIGGER lease_lessee_changed AFTER UPDATE OF lessee_ids ON lease
WHEN new.lessee_ids IS NOT old.lessee_ids BEGIN
  DELETE FROM lease_lessee WHERE row = old.row;
  INSERT OR IGNORE INTO lease_lessee (target_id, row)
  SELECT lessee.value, new.row FROM json_each(new.lessee_ids) AS lessee;
END;
CREATE TRIGGER lease_lessee_removed AFTER DELETE ON lease BEGIN
  DELETE FROM lease_lessee WHERE row = old.row;
END;

-- Of a field that names several records: the whole list as it was written, before any of it was followed.
ALTER TABLE moved_reference ADD COLUMN list TEXT;

-- A stage that a day makes of another one: those whose day has passed are found by stage and day; those still in time are read in the
-- order of their last change, with the day beside it.
CREATE INDEX lease_stage_code_end_date ON lease (stage_code, end_date, updated_at, status);
DROP INDEX lease_stage_code;
CREATE INDEX lease_stage_code ON lease (stage_code, updated_at, status, end_date);
CREATE INDEX inspection_stage_code_rectify_by_date ON inspection (stage_code, rectify_by_date, updated_at, status);
DROP INDEX inspection_stage_code;
CREATE INDEX inspection_stage_code ON inspection (stage_code, updated_at, status, rectify_by_date);
