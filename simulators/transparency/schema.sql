PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA busy_timeout = 5000;

CREATE TABLE IF NOT EXISTS statements (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  platform_id INTEGER NOT NULL,
  platform_name TEXT NOT NULL,
  puid TEXT NOT NULL,
  method TEXT NOT NULL,
  created_at TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS statements_by_puid ON statements (puid);

-- A puid is taken for ever once a statement is stored under it. The real table compares without case.
CREATE TABLE IF NOT EXISTS puids (
  platform_id INTEGER NOT NULL,
  puid TEXT NOT NULL COLLATE NOCASE,
  PRIMARY KEY (platform_id, puid)
) WITHOUT ROWID;

-- The cache in front of it. It may name puids under which nothing was ever stored: see puids.py.
CREATE TABLE IF NOT EXISTS puid_cache (
  platform_id INTEGER NOT NULL,
  puid TEXT NOT NULL,
  expires_at REAL NOT NULL,
  PRIMARY KEY (platform_id, puid)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS log (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  event TEXT NOT NULL,
  http_status INTEGER,
  outcome TEXT NOT NULL,
  puids TEXT NOT NULL,
  fields TEXT NOT NULL
);
