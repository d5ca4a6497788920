-- The key by which this store shows a server that it is itself. It never leaves this file; a copy of the store has it, too.
CREATE TABLE replica_key (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  -- Ed25519: PKCS #8 DER, and the public key's 32 bytes, in base64url.
  private_key TEXT NOT NULL,
  public_key TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  -- A server has taken it down; null while no answer came.
  enrolled_at INTEGER
) STRICT;
