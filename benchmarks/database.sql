-- Statistics that the benchmarks read as the superuser of their own Postgres.

-- count_statements --
-- Make the counters readable; fails where the server was not started with them.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

-- forget_statements --
-- Count from now on.
SELECT pg_stat_statements_reset();

-- statements_of_role --
-- What a role asked since. $1 the role. Setting the tenant is told apart: every transaction begins with it, in the round trip of its BEGIN.
SELECT
  coalesce(sum(calls) FILTER (WHERE query = 'COMMIT'), 0) AS transactions,
  coalesce(sum(calls) FILTER (WHERE query NOT IN ('COMMIT', 'ROLLBACK') AND query NOT LIKE 'BEGIN%'), 0) AS statements,
  coalesce(sum(calls) FILTER (WHERE query LIKE 'SET LOCAL%' OR query LIKE 'SELECT set_config%'), 0) AS naming,
  coalesce(sum(total_exec_time), 0) AS milliseconds
FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = pg_stat_statements.userid
WHERE rolname = $1;

-- transactions_so_far --
-- Committed in a database since its statistics began. $1 the database.
SELECT xact_commit FROM pg_stat_database WHERE datname = $1;
