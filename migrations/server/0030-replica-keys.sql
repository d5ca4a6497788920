-- Who a store is: its key, how it came to be known, and sessions that are its own.

-- The store a session belongs to; null until its first use where it was opened without one.
ALTER TABLE session ADD COLUMN replica TEXT;

-- Opens new sessions of one account on one store without the password, for a store with a key only together with its proof.
CREATE TABLE refresh_token (
  -- SHA-256 (hexadecimal) of the token.
  token_hash TEXT NOT NULL PRIMARY KEY,
  account_name TEXT NOT NULL REFERENCES account (name),
  replica TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- Moves on with every use.
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX refresh_token_account ON refresh_token (account_name);

-- Codes of station files (add-replica); each enrols one store.
CREATE TABLE enrolment (
  -- SHA-256 (hexadecimal) of the code.
  code_hash TEXT NOT NULL PRIMARY KEY,
  station_code TEXT NOT NULL REFERENCES station (code),
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  -- The store that used it.
  replica TEXT
) STRICT;

-- What a store may do. A row without a key is there to refuse a store that never had one.
CREATE TABLE replica_access (
  replica TEXT NOT NULL PRIMARY KEY,
  -- Ed25519, base64url; the same for every id the store has had.
  public_key TEXT,
  station_code TEXT NOT NULL,
  label TEXT NOT NULL,
  enrolled_at INTEGER NOT NULL,
  -- The id of the same store before this one.
  formerly TEXT,
  revoked_at INTEGER
) STRICT;
CREATE INDEX replica_access_key ON replica_access (public_key);

-- Proofs that were shown, as long as they would still count: none counts twice.
CREATE TABLE used_proof (
  nonce TEXT NOT NULL PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX used_proof_expiry ON used_proof (expires_at);
