-- How often automation acted on each UTC day: of a rule, on an account, in all. Beside the hours, since adding these up misses
-- whatever another worker counts in the hour before and has not committed.
CREATE TABLE act_days (
  tenant text NOT NULL REFERENCES tenants,
  scope text NOT NULL,
  name text NOT NULL,
  day timestamptz NOT NULL,
  acts integer NOT NULL,
  PRIMARY KEY (tenant, scope, name, day)
);
-- What was counted before: the owner is held to the tenant's own rows until this is done.
ALTER TABLE act_counts NO FORCE ROW LEVEL SECURITY;
INSERT INTO act_days (tenant, scope, name, day, acts)
SELECT tenant, scope, name, date_trunc('day', hour, 'UTC'), sum(acts) FROM act_counts GROUP BY 1, 2, 3, 4;
ALTER TABLE act_counts FORCE ROW LEVEL SECURITY;
ALTER TABLE act_days ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON act_days USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (acts) ON act_days TO :app_role;
