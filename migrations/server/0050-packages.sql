-- The key by which a store signs its packages, made known over the line by the store itself. A store that was enrolled may
-- also sign by the key of its enrolment.
CREATE TABLE package_key (
  replica TEXT NOT NULL PRIMARY KEY,
  -- Ed25519, base64url.
  public_key TEXT NOT NULL,
  -- Who was signed in on the store then.
  account_name TEXT NOT NULL,
  registered_at INTEGER NOT NULL
) STRICT;
