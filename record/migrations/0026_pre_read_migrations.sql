-- Workers and doors look at their start whether the tables are as their code expects them.
GRANT SELECT ON schema_migrations TO :app_role;
