-- Campaigns: raids handled as one case each. paused_at: no page of its batches goes out until it is resumed.
CREATE TABLE campaigns (
  tenant text NOT NULL,
  case_id text NOT NULL,
  opened_at timestamptz NOT NULL,
  paused_at timestamptz,
  paused_by text,
  PRIMARY KEY (tenant, case_id)
);
ALTER TABLE campaigns ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON campaigns USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (paused_at, paused_by) ON campaigns TO :app_role;

-- One subject of a campaign each. member_key: its key as a target, and in its own case's id. named: the platform's ids of it and
-- of its account, sealed under the campaign's key. What was ordered of it, and what came of it, stands in measures and orders.
CREATE TABLE campaign_members (
  tenant text NOT NULL,
  case_id text NOT NULL,
  member_key text NOT NULL,
  kind text NOT NULL,
  named bytea NOT NULL,
  account_key text,
  person text,
  content_version text,
  first_seen timestamptz NOT NULL,
  joined_at timestamptz NOT NULL,
  sampled boolean NOT NULL DEFAULT false,
  split_at timestamptz,
  PRIMARY KEY (tenant, case_id, member_key),
  FOREIGN KEY (tenant, case_id) REFERENCES campaigns
);
CREATE INDEX campaign_members_by_key ON campaign_members (tenant, member_key);
CREATE INDEX campaign_members_by_account ON campaign_members (tenant, case_id, account_key, member_key);
ALTER TABLE campaign_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON campaign_members USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (sampled, split_at, content_version) ON campaign_members TO :app_role;

-- One campaign's order, carried out member by member. stopped_at: a later order takes back what this one imposes.
CREATE TABLE campaign_batches (
  tenant text NOT NULL,
  case_id text NOT NULL,
  order_id text NOT NULL,
  target text NOT NULL,
  workflow_id text NOT NULL,
  begun_at timestamptz NOT NULL,
  stopped_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (tenant, case_id, order_id),
  FOREIGN KEY (tenant, case_id) REFERENCES campaigns
);
ALTER TABLE campaign_batches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON campaign_batches USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (stopped_at, ended_at) ON campaign_batches TO :app_role;
