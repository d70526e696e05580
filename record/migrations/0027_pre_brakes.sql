-- Brakes on automation: stops and pauses, what automation did and what became of it, and protected accounts.

-- scope: tenant, area or rule; cause: operator, or corridor (a rule that paused by itself). One live stop of each.
CREATE TABLE stops (
  tenant text NOT NULL REFERENCES tenants,
  stop_id text NOT NULL,
  scope text NOT NULL,
  name text NOT NULL,
  cause text NOT NULL,
  stopped_by text NOT NULL,
  reason bytea NOT NULL,
  at timestamptz NOT NULL,
  resumed_at timestamptz,
  resumed_by text,
  resume_reason bytea,
  PRIMARY KEY (tenant, stop_id)
);
CREATE UNIQUE INDEX stops_live ON stops (tenant, scope, name, cause) WHERE resumed_at IS NULL;
ALTER TABLE stops ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON stops USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (resumed_at, resumed_by, resume_reason) ON stops TO :app_role;

-- One row for each time a rule acted, or would have. braked: why it did not, or null; paged: over a cap it is exempt from.
CREATE TABLE automatic_acts (
  tenant text NOT NULL REFERENCES tenants,
  case_id text NOT NULL,
  matter_id text NOT NULL,
  what text NOT NULL,
  rule_id text NOT NULL,
  area text NOT NULL,
  decision_id text,
  at timestamptz NOT NULL,
  braked text,
  paged boolean NOT NULL,
  reversed_at timestamptz,
  PRIMARY KEY (tenant, case_id, matter_id)
);
CREATE INDEX automatic_acts_of_rule ON automatic_acts (tenant, rule_id, at);
CREATE INDEX automatic_acts_braked ON automatic_acts (tenant, at) WHERE braked IS NOT NULL OR paged;
ALTER TABLE automatic_acts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON automatic_acts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (what, rule_id, decision_id, at, braked, paged, reversed_at) ON automatic_acts TO :app_role;

-- How often automation acted in each hour: of a rule, on an account, in all.
CREATE TABLE act_counts (
  tenant text NOT NULL REFERENCES tenants,
  scope text NOT NULL,
  name text NOT NULL,
  hour timestamptz NOT NULL,
  acts integer NOT NULL,
  PRIMARY KEY (tenant, scope, name, hour)
);
ALTER TABLE act_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON act_counts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (acts) ON act_counts TO :app_role;

-- Accounts that nothing automatic may befall. account: target key; platform_id and source are sealed.
CREATE TABLE protected_accounts (
  tenant text NOT NULL REFERENCES tenants,
  account text NOT NULL,
  reason text NOT NULL,
  platform_id bytea NOT NULL,
  source bytea NOT NULL,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  expires_at timestamptz,
  removed_at timestamptz,
  removed_by text,
  PRIMARY KEY (tenant, account, added_at)
);
CREATE UNIQUE INDEX protected_accounts_live ON protected_accounts (tenant, account) WHERE removed_at IS NULL;
ALTER TABLE protected_accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON protected_accounts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (removed_at, removed_by) ON protected_accounts TO :app_role;
