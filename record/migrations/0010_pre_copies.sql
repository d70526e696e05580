-- Which cases are about the same words of the same author: mark is a keyed hash of both, under the tenant's secret.
CREATE TABLE copies (
  tenant text NOT NULL,
  mark bytea NOT NULL,
  case_id text NOT NULL,
  captured_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, mark, case_id)
);
CREATE INDEX copies_by_case ON copies (tenant, case_id);
ALTER TABLE copies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON copies USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON copies TO :app_role;
