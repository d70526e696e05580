PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA busy_timeout = 5000;

-- Everything people made here, the people included. kind is what orders and reports call it
-- (content, account, community, transaction), form how it came about (account, community, post, comment, transaction).
CREATE TABLE IF NOT EXISTS subjects (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  form TEXT NOT NULL,
  author_id TEXT,
  community_id TEXT,
  parent_id TEXT,
  counterparty_id TEXT,
  name TEXT,
  address TEXT,
  text TEXT NOT NULL,
  language TEXT NOT NULL,
  country TEXT,
  surface TEXT NOT NULL,
  attachments TEXT NOT NULL,
  amount TEXT,
  currency TEXT,
  sensitive INTEGER NOT NULL,
  masked INTEGER NOT NULL,
  likes INTEGER NOT NULL,
  reach INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  edited_at TEXT,
  deleted_at TEXT,
  revision INTEGER NOT NULL,
  content_version TEXT NOT NULL,
  draft_digest TEXT NOT NULL,
  UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS subjects_by_form ON subjects (form, sequence);
CREATE INDEX IF NOT EXISTS subjects_by_parent ON subjects (parent_id, sequence);
CREATE INDEX IF NOT EXISTS subjects_by_author ON subjects (author_id, sequence);
CREATE INDEX IF NOT EXISTS subjects_by_community ON subjects (community_id, sequence);

-- The restrictions in force on a target, as one tenant last ordered them.
CREATE TABLE IF NOT EXISTS targets (
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  target_version INTEGER NOT NULL,
  measures TEXT NOT NULL,
  order_id TEXT NOT NULL,
  applied_at TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS targets_by_subject ON targets (kind, id);

-- Files that users sent in; attachments name them by their SHA-256.
CREATE TABLE IF NOT EXISTS uploads (
  sha256 TEXT PRIMARY KEY,
  content BLOB NOT NULL
) WITHOUT ROWID;

-- Content that was destroyed by order. Its row stays, empty, so that a later order is answered.
CREATE TABLE IF NOT EXISTS destroyed (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  destroyed_at TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- The first body seen under each idempotency key.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  key TEXT PRIMARY KEY,
  body_digest TEXT NOT NULL,
  first_seen_at TEXT NOT NULL
) WITHOUT ROWID;

-- What the platform did, in order.
CREATE TABLE IF NOT EXISTS log (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  event TEXT NOT NULL,
  tenant TEXT,
  order_id TEXT,
  kind TEXT,
  id TEXT,
  target_version INTEGER,
  version_in_force INTEGER,
  http_status INTEGER,
  outcome TEXT NOT NULL,
  measures TEXT
);
CREATE INDEX IF NOT EXISTS log_by_subject ON log (kind, id, sequence);
CREATE INDEX IF NOT EXISTS log_by_order ON log (order_id, sequence);

-- Who belongs to a community; its owner is who made it.
CREATE TABLE IF NOT EXISTS members (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  community_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  role TEXT NOT NULL,
  UNIQUE (community_id, account_id)
);

-- What became of each transaction, change by change.
CREATE TABLE IF NOT EXISTS payments (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  state TEXT NOT NULL,
  changed_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS payments_by_id ON payments (id, sequence);
