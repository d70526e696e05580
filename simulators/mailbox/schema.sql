PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA busy_timeout = 5000;

-- Every arrival, repeats included: one row per SMTP transaction that was accepted.
CREATE TABLE IF NOT EXISTS arrivals (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  received_at TEXT NOT NULL,
  mail_from TEXT NOT NULL,
  message_id TEXT NOT NULL,
  notice TEXT,
  notice_kind TEXT,
  subject_line TEXT NOT NULL,
  raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS arrivals_by_message ON arrivals (message_id, sequence);
CREATE INDEX IF NOT EXISTS arrivals_by_notice ON arrivals (notice, sequence);

CREATE TABLE IF NOT EXISTS recipients (
  sequence INTEGER NOT NULL REFERENCES arrivals (sequence),
  address TEXT NOT NULL,
  PRIMARY KEY (address, sequence)
) WITHOUT ROWID;

-- Addresses that refuse mail, with the SMTP reply code: 550 for ever, 451 for now.
CREATE TABLE IF NOT EXISTS refusals (
  address TEXT PRIMARY KEY,
  code INTEGER NOT NULL CHECK (code IN (550, 451))
) WITHOUT ROWID;

-- What the server did, in order.
CREATE TABLE IF NOT EXISTS log (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  event TEXT NOT NULL,
  smtp_status INTEGER,
  message_id TEXT,
  address TEXT
);
