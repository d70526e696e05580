-- The register of trusted flaggers (DSA Art. 22), and which reports came from them.

-- Bodies, as the coordinators' public list names them (Art. 22(5)). areas: of the policy pack, for which each was designated.
CREATE TABLE trusted_flaggers (
  tenant text NOT NULL REFERENCES tenants,
  flagger_id text NOT NULL,
  name text NOT NULL,
  coordinator text NOT NULL,
  areas text[] NOT NULL,
  registered_at timestamptz NOT NULL,
  designated_at timestamptz NOT NULL,
  designated_until timestamptz,
  PRIMARY KEY (tenant, flagger_id)
);
ALTER TABLE trusted_flaggers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON trusted_flaggers USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON trusted_flaggers TO :app_role;

-- What a body is recognised by. kind: token (its name) or person (the key of an account or address). One body each.
CREATE TABLE flagger_identities (
  tenant text NOT NULL REFERENCES tenants,
  kind text NOT NULL CHECK (kind IN ('token', 'person')),
  value text NOT NULL,
  flagger_id text NOT NULL,
  PRIMARY KEY (tenant, kind, value),
  FOREIGN KEY (tenant, flagger_id) REFERENCES trusted_flaggers (tenant, flagger_id)
);
ALTER TABLE flagger_identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON flagger_identities USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (flagger_id) ON flagger_identities TO :app_role;

-- How each body stood from when on, by whom, and why (sealed). The first is its registration; none is changed or deleted.
CREATE TABLE flagger_changes (
  tenant text NOT NULL REFERENCES tenants,
  flagger_id text NOT NULL,
  number integer NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'suspended', 'ended')),
  at timestamptz NOT NULL,
  by text NOT NULL,
  reason bytea NOT NULL,
  PRIMARY KEY (tenant, flagger_id, number),
  FOREIGN KEY (tenant, flagger_id) REFERENCES trusted_flaggers (tenant, flagger_id)
);
ALTER TABLE flagger_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON flagger_changes USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON flagger_changes TO :app_role;

-- Whose report it is as a trusted flagger's, or ''.
ALTER TABLE case_reports ADD COLUMN flagger text NOT NULL DEFAULT '';
