-- Decisions that rest on decisions of other cases (a linked account, a ban evaded), and fall with them.
CREATE TABLE decisions_rest_on (
  tenant text NOT NULL REFERENCES tenants,
  source_case text NOT NULL,
  source_decision text NOT NULL,
  case_id text NOT NULL,
  decision_id text NOT NULL,
  noted_at timestamptz NOT NULL,
  fall_brought_at timestamptz,
  PRIMARY KEY (tenant, source_case, source_decision, case_id, decision_id)
);
ALTER TABLE decisions_rest_on ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON decisions_rest_on USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (fall_brought_at) ON decisions_rest_on TO :app_role;
