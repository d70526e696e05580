-- try_migration_lock --
-- Whether this session is now the one that migrates. $1 lock number.
SELECT pg_try_advisory_lock($1);

-- create_migrations_table --
-- What was applied, and which content it had.
CREATE TABLE IF NOT EXISTS schema_migrations (
  name text PRIMARY KEY,
  digest text NOT NULL,
  applied_at timestamptz NOT NULL
);

-- migrations_table_stands --
-- Whether anything was ever migrated here.
SELECT to_regclass('schema_migrations') IS NOT NULL;

-- applied_migrations --
-- What was applied, in order.
SELECT name, digest FROM schema_migrations ORDER BY name;

-- note_migration --
-- This file is applied. $1 name, $2 digest, $3 now.
INSERT INTO schema_migrations (name, digest, applied_at) VALUES ($1, $2, $3);
