-- 同步包: files that carry ops where there is no line.

-- Packages this store has exported: their answers are sealed for a key that is only here.
CREATE TABLE sent_package (
  package_id TEXT NOT NULL PRIMARY KEY,
  -- X25519 private key, PKCS #8 in base64url.
  reply_key TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  ops INTEGER NOT NULL,
  answered_at INTEGER
) STRICT, WITHOUT ROWID;

-- Packages of other stores that this one carries to the server, and the answers that go back. Neither can be read here.
CREATE TABLE carried_package (
  package_id TEXT NOT NULL PRIMARY KEY,
  content BLOB NOT NULL,
  taken_at INTEGER NOT NULL,
  answer BLOB
) STRICT;
