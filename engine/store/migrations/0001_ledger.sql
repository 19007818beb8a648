-- The ledger and the account table. Times are whole milliseconds since 1970 (UTC),
-- except in `accounts`, which people query: RFC 3339 text there.
--
-- No `IN ('a', 'b', 'c')` in checks: SQLite builds a temporary table for such a list each
-- time a row is written, which costs more than the writing.

-- Raised ahead of the leases; a token is never given twice.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY NOT NULL,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('last_token', 0);

CREATE TABLE accounts (
  id              TEXT PRIMARY KEY NOT NULL,
  xml_path        TEXT,
  pack_count      INTEGER NOT NULL DEFAULT 0,
  last_modified   TEXT,
  status          TEXT NOT NULL DEFAULT 'available'
                  CHECK (status = 'available' OR status = 'in_use' OR status = 'completed'
                         OR status = 'failed' OR status = 'skipped'),
  failure_count   INTEGER NOT NULL DEFAULT 0,
  last_error      TEXT,
  completed_at    TEXT,
  cards_found     INTEGER NOT NULL DEFAULT 0,
  stars_total     INTEGER NOT NULL DEFAULT 0,
  keep_count      INTEGER NOT NULL DEFAULT 0,
  custom_metadata TEXT CHECK (custom_metadata IS NULL OR json_valid(custom_metadata))
);
-- Changed by imports only. There is no index on `status`: it has five values, so that
-- reading a pool through it is slower than a scan, and every lease and settlement
-- would pay for it.
CREATE INDEX accounts_pack_count ON accounts (pack_count);

CREATE TABLE account_secrets (
  account_id TEXT NOT NULL,
  name       TEXT NOT NULL,
  value      TEXT NOT NULL,
  PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
  account      TEXT PRIMARY KEY NOT NULL,
  token        INTEGER NOT NULL,
  pool         TEXT NOT NULL,
  launch       TEXT NOT NULL,
  group_name   TEXT NOT NULL,
  instance     INTEGER NOT NULL,
  routine      TEXT NOT NULL,
  generation   INTEGER NOT NULL,
  prior_status TEXT,
  leased_at    INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outcomes (
  pool       TEXT NOT NULL,
  account    TEXT NOT NULL,
  state      TEXT NOT NULL
             CHECK (state = 'completed' OR state = 'failed' OR state = 'skipped' OR state = 'retry'),
  failures   INTEGER NOT NULL,
  settled_at INTEGER NOT NULL,
  PRIMARY KEY (pool, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE pools (
  name         TEXT PRIMARY KEY NOT NULL,
  last_refresh INTEGER,
  runs         INTEGER NOT NULL DEFAULT 0,
  run_us       INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- `value` is an integer while everything added to it is one.
CREATE TABLE pool_totals (
  pool  TEXT NOT NULL,
  name  TEXT NOT NULL,
  value ANY NOT NULL,
  PRIMARY KEY (pool, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
  id         INTEGER PRIMARY KEY,
  launch     TEXT NOT NULL,
  group_name TEXT NOT NULL,
  instance   INTEGER NOT NULL,
  account    TEXT,
  pool       TEXT,
  routine    TEXT NOT NULL,
  generation INTEGER NOT NULL,
  started    INTEGER NOT NULL,
  ended      INTEGER NOT NULL,
  outcome    TEXT NOT NULL,
  error      TEXT,
  result     TEXT
) STRICT;
CREATE INDEX attempts_account ON attempts (account) WHERE account IS NOT NULL;

CREATE TABLE kv (
  extension TEXT NOT NULL,
  key       TEXT NOT NULL,
  value     TEXT NOT NULL,
  PRIMARY KEY (extension, key)
) STRICT, WITHOUT ROWID;
