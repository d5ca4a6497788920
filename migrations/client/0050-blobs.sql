-- Photos go to and from the server after the records, by their hash.

-- When it was taken in here: one that no record ever named is let go of after a while.
ALTER TABLE photo ADD COLUMN stored_at INTEGER NOT NULL DEFAULT 0;
UPDATE photo SET stored_at = unixepoch() * 1000;

-- Every photo that a record here names or has named. With its bytes in `photo` and another epoch it is to be sent,
-- without its bytes it is to be fetched.
CREATE TABLE photo_use (
  hash TEXT NOT NULL PRIMARY KEY,
  -- The server database (epoch) that has said it stores the photo.
  stored_epoch TEXT,
  -- Questions and transfers that did not settle it.
  attempts INTEGER NOT NULL DEFAULT 0,
  -- Why the newest of them failed, as a sentence.
  last_error TEXT
) STRICT, WITHOUT ROWID;

-- What has been fetched of a photo so far, from its beginning.
CREATE TABLE photo_part (
  hash TEXT NOT NULL PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;

INSERT INTO photo_use (hash) SELECT photo FROM resident WHERE photo IS NOT NULL ON CONFLICT DO NOTHING;
INSERT INTO photo_use (hash) SELECT photo FROM coordinator WHERE photo IS NOT NULL ON CONFLICT DO NOTHING;

-- In the transaction that stores the record, whoever writes it.
CREATE TRIGGER resident_photo_added AFTER INSERT ON resident WHEN new.photo IS NOT NULL BEGIN
  INSERT INTO photo_use (hash) VALUES (new.photo) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER resident_photo_changed AFTER UPDATE OF photo ON resident
WHEN new.photo IS NOT NULL AND new.photo IS NOT old.photo BEGIN
  INSERT INTO photo_use (hash) VALUES (new.photo) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER coordinator_photo_added AFTER INSERT ON coordinator WHEN new.photo IS NOT NULL BEGIN
  INSERT INTO photo_use (hash) VALUES (new.photo) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER coordinator_photo_changed AFTER UPDATE OF photo ON coordinator
WHEN new.photo IS NOT NULL AND new.photo IS NOT old.photo BEGIN
  INSERT INTO photo_use (hash) VALUES (new.photo) ON CONFLICT DO NOTHING;
END;
