-- Banks of hashes of known content: what they are a sign of, whose list each is, who may be given it, and what matched.

CREATE TABLE banks (
  tenant text NOT NULL REFERENCES tenants,
  bank text NOT NULL,
  label text NOT NULL,
  kind text NOT NULL,
  source text NOT NULL,
  sharing text NOT NULL,
  within_bits integer NOT NULL,
  matching boolean NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, bank)
);
ALTER TABLE banks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON banks USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (matching) ON banks TO :app_role;

-- One hash. An entry that was removed stays, with who removed it and why (sealed), so that it is not banked again unseen.
CREATE TABLE bank_entries (
  tenant text NOT NULL,
  bank text NOT NULL,
  entry_id text NOT NULL,
  value bytea NOT NULL,
  reference text,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  removed_by text,
  removed_at timestamptz,
  removal_reason bytea,
  PRIMARY KEY (tenant, bank, entry_id),
  FOREIGN KEY (tenant, bank) REFERENCES banks
);
CREATE INDEX bank_entries_by_value ON bank_entries (tenant, value) WHERE removed_at IS NULL;
ALTER TABLE bank_entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bank_entries USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (removed_by, removed_at, removal_reason) ON bank_entries TO :app_role;

-- Sixteen bits of a PDQ entry with their place, by which a near one is found.
CREATE TABLE bank_slots (
  tenant text NOT NULL,
  slot integer NOT NULL,
  bank text NOT NULL,
  entry_id text NOT NULL,
  PRIMARY KEY (tenant, slot, bank, entry_id)
);
ALTER TABLE bank_slots ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bank_slots USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON bank_slots TO :app_role;

-- In which case which entry matched: who is concerned if it was a false one.
CREATE TABLE bank_matches (
  tenant text NOT NULL,
  bank text NOT NULL,
  entry_id text NOT NULL,
  case_id text NOT NULL,
  version integer NOT NULL,
  differing integer NOT NULL,
  matched_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, bank, entry_id, case_id, version)
);
ALTER TABLE bank_matches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bank_matches USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON bank_matches TO :app_role;
