-- Steps of ladders that the strikes on an account have reached, over all its cases. What was not brought to the account's own
-- case yet is brought by whoever comes by; so is the fall of a step.
CREATE TABLE crossings (
  tenant text NOT NULL REFERENCES tenants,
  crossing_id text NOT NULL,
  account text NOT NULL,
  area text NOT NULL,
  crossing jsonb NOT NULL,
  crossed_at timestamptz NOT NULL,
  brought_at timestamptz,
  fallen_at timestamptz,
  fall_source jsonb,
  fall_brought_at timestamptz,
  PRIMARY KEY (tenant, crossing_id)
);
CREATE INDEX crossings_of_account ON crossings (tenant, account);
CREATE INDEX crossings_to_bring ON crossings (tenant, crossed_at)
  WHERE brought_at IS NULL OR (fallen_at IS NOT NULL AND fall_brought_at IS NULL);
ALTER TABLE crossings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON crossings USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (brought_at, fallen_at, fall_source, fall_brought_at) ON crossings TO :app_role;
