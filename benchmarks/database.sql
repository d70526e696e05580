-- Statistics that the benchmarks read as the superuser of their own Postgres.

-- count_statements --
-- Make the counters readable; fails where the server was not started with them.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

-- forget_statements --
-- Count from now on.
SELECT pg_stat_statements_reset();

-- statements_of_role --
-- What a role asked since, in so many cases. $1 the role, $2 cases. Of each statement whole times a case: sweeps and watches ask
-- beside them, seldomer. Setting the tenant is told apart: every transaction begins with it, in the round trip of its BEGIN.
SELECT
  coalesce(sum(whole) FILTER (WHERE query = 'COMMIT'), 0) AS transactions,
  coalesce(sum(whole) FILTER (WHERE query NOT IN ('COMMIT', 'ROLLBACK') AND query NOT LIKE 'BEGIN%'), 0) AS statements,
  coalesce(sum(whole) FILTER (WHERE query LIKE 'SET LOCAL%' OR query LIKE 'SELECT set_config%'), 0) AS naming,
  coalesce(sum(total_exec_time), 0) AS milliseconds
FROM (
  SELECT s.query, s.total_exec_time, s.calls - s.calls % $2::bigint AS whole
  FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = $1
) AS asked;

-- transactions_so_far --
-- Committed in a database since its statistics began. $1 the database.
SELECT xact_commit FROM pg_stat_database WHERE datname = $1;
