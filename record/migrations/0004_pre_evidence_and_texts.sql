-- What is judged, and what people wrote about it.

-- Immutable versions of a case's subject; facts (cases.evidence.EvidenceVersion) and content are sealed.
CREATE TABLE evidence_versions (
  tenant text NOT NULL,
  case_id text NOT NULL,
  version integer NOT NULL,
  facts bytea NOT NULL,
  content bytea NOT NULL,
  captured_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, case_id, version)
);
ALTER TABLE evidence_versions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON evidence_versions USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON evidence_versions TO :app_role;

-- Texts that a message names by id. digest: keyed by the tenant's secret.
CREATE TABLE texts (
  tenant text NOT NULL,
  text_id text NOT NULL,
  case_id text NOT NULL,
  purpose text NOT NULL,
  written_by text NOT NULL,
  written_at timestamptz NOT NULL,
  digest bytea NOT NULL,
  content bytea NOT NULL,
  PRIMARY KEY (tenant, text_id)
);
CREATE INDEX texts_by_case ON texts (tenant, case_id);
ALTER TABLE texts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON texts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON texts TO :app_role;
