-- What is in force at the platform: targets, the measures on them by all cases, the orders that said so.

-- target_key: keyed hash of kind and platform id, the same a case about it would have. version: of the newest order.
CREATE TABLE targets (
  tenant text NOT NULL REFERENCES tenants,
  target_key text NOT NULL,
  kind text NOT NULL,
  platform_id bytea NOT NULL,
  version bigint NOT NULL DEFAULT 0,
  confirmed_version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, target_key)
);
ALTER TABLE targets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON targets USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (version, confirmed_version) ON targets TO :app_role;

-- measure_id is the case's own name for it; platform_measure_id is unique over all cases.
CREATE TABLE measures (
  tenant text NOT NULL,
  case_id text NOT NULL,
  measure_id text NOT NULL,
  platform_measure_id text NOT NULL,
  target_key text NOT NULL,
  target text NOT NULL,
  kind text NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz,
  reach text[] NOT NULL,
  order_id text NOT NULL,
  revoked_by text,
  revoked_at timestamptz,
  PRIMARY KEY (tenant, case_id, measure_id),
  FOREIGN KEY (tenant, target_key) REFERENCES targets
);
CREATE INDEX measures_in_force ON measures (tenant, target_key) WHERE revoked_by IS NULL;
ALTER TABLE measures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON measures USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (revoked_by, revoked_at) ON measures TO :app_role;

-- One order as it was issued, for good. state: the target's whole effective state, JSON as it was sent. order_id is the
-- case's own name; platform_order_id, unique over all cases, is what the platform sees as id and idempotency key.
CREATE TABLE orders (
  tenant text NOT NULL,
  case_id text NOT NULL,
  order_id text NOT NULL,
  platform_order_id text NOT NULL,
  target_key text NOT NULL,
  target_version bigint NOT NULL,
  state text NOT NULL,
  content_version text,
  issued_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  last_attempt_at timestamptz,
  last_error text,
  confirmed_at timestamptz,
  confirmed_version bigint,
  confirmed_how text,
  voided_at timestamptz,
  PRIMARY KEY (tenant, case_id, order_id),
  UNIQUE (tenant, platform_order_id),
  UNIQUE (tenant, target_key, target_version),
  FOREIGN KEY (tenant, target_key) REFERENCES targets
);
CREATE INDEX orders_unconfirmed ON orders (tenant, issued_at) WHERE confirmed_at IS NULL AND voided_at IS NULL;
CREATE INDEX orders_confirmed ON orders (tenant, confirmed_at) WHERE confirmed_at IS NOT NULL;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON orders USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT,
  UPDATE (attempts, last_attempt_at, last_error, confirmed_at, confirmed_version, confirmed_how, voided_at)
  ON orders TO :app_role;
