-- Status links that were revoked: person '' for everybody's in the case. Whatever was issued up to revoked_at opens nothing.
CREATE TABLE revoked_links (
  tenant text NOT NULL,
  case_id text NOT NULL,
  person text NOT NULL,
  revoked_by text NOT NULL,
  revoked_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, case_id, person)
);
ALTER TABLE revoked_links ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON revoked_links USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (revoked_by, revoked_at) ON revoked_links TO :app_role;
