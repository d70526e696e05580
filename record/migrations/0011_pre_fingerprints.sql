-- By what captured content is known again. value: a digest under the tenant's secret, a MinHash under it, or a picture's PDQ
-- hash. account: target key of the author's account, if the platform named one.
CREATE TABLE fingerprints (
  tenant text NOT NULL,
  case_id text NOT NULL,
  version integer NOT NULL,
  likeness text NOT NULL,
  place smallint NOT NULL,
  value bytea NOT NULL,
  account text,
  captured_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, case_id, version, likeness, place)
);
CREATE INDEX fingerprints_by_value ON fingerprints (tenant, likeness, value) WHERE likeness IN ('content', 'words');
ALTER TABLE fingerprints ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON fingerprints USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON fingerprints TO :app_role;

-- Sixteen bits of a fingerprint with their place, by which a near one is found.
CREATE TABLE fingerprint_slots (
  tenant text NOT NULL,
  likeness text NOT NULL,
  slot integer NOT NULL,
  case_id text NOT NULL,
  version integer NOT NULL,
  place smallint NOT NULL,
  PRIMARY KEY (tenant, likeness, slot, case_id, version, place)
);
CREATE INDEX fingerprint_slots_by_case ON fingerprint_slots (tenant, case_id, version);
ALTER TABLE fingerprint_slots ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON fingerprint_slots USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON fingerprint_slots TO :app_role;

-- Which cases a decision was applied to because they are about exact copies.
CREATE TABLE derived_decisions (
  tenant text NOT NULL,
  source_case text NOT NULL,
  source_decision text NOT NULL,
  case_id text NOT NULL,
  brought_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, source_case, source_decision, case_id)
);
ALTER TABLE derived_decisions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON derived_decisions USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON derived_decisions TO :app_role;
