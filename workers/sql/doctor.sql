-- server_facts --
-- What the doctor asks Postgres about itself and about the role it came as.
SELECT current_setting('server_version') AS version,
       clock_timestamp() AS clock,
       r.rolname AS role,
       r.rolsuper AS superuser,
       r.rolbypassrls AS bypasses_rls,
       EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind = 'r') AS owns_tables
FROM pg_roles r WHERE r.rolname = current_user;

-- unguarded_tables --
-- Tables with a tenant column on which row-level security is not forced: promise P9 would not hold there.
SELECT c.relname AS name
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relname <> 'tenants' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
ORDER BY c.relname;
