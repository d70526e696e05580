-- create_roles --
-- The two roles of every installation. The owner migrates; the app is neither owner nor superuser, so that row-level
-- security binds it. No passwords: only the owner of the socket's folder (mode 700) reaches this server.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dueprocess_owner') THEN
    CREATE ROLE dueprocess_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dueprocess_app') THEN
    CREATE ROLE dueprocess_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
  END IF;
END
$$;

-- database_exists --
-- Whether the record's database stands.
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'dueprocess');

-- create_database --
-- The record's database; in a statement of its own, since it runs in no transaction.
CREATE DATABASE dueprocess OWNER dueprocess_owner;
