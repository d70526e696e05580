-- Releases of policy packs: who proposed and approved them, what they were tried on, and the packs themselves.

-- The files of a released pack, sealed: what a matter was judged by is at hand for as long as the matter.
CREATE TABLE policy_packs (
  tenant text NOT NULL REFERENCES tenants,
  digest text NOT NULL,
  pack_id text NOT NULL,
  version text NOT NULL,
  files bytea NOT NULL,
  stored_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, digest)
);
ALTER TABLE policy_packs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON policy_packs USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON policy_packs TO :app_role;

-- What happened to releases, appended once, numbered per tenant. kind: proposed, approved, withdrawn, rolled_back.
CREATE TABLE policy_events (
  tenant text NOT NULL REFERENCES tenants,
  number bigint NOT NULL,
  kind text NOT NULL,
  release_id text NOT NULL,
  by text NOT NULL,
  at timestamptz NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (tenant, number),
  UNIQUE (tenant, kind, release_id)
);
ALTER TABLE policy_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON policy_events USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON policy_events TO :app_role;

-- Backtests that were run: of which pack, over which time, by whom, and what came out.
CREATE TABLE policy_backtests (
  tenant text NOT NULL REFERENCES tenants,
  backtest_id text NOT NULL,
  digest text NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  cases integer NOT NULL,
  ran_by text NOT NULL,
  ran_at timestamptz NOT NULL,
  report bytea NOT NULL,
  PRIMARY KEY (tenant, backtest_id)
);
CREATE INDEX policy_backtests_of_pack ON policy_backtests (tenant, digest, ran_at);
ALTER TABLE policy_backtests ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON policy_backtests USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON policy_backtests TO :app_role;
