-- Vendors: which are switched off, what they were used for each day, and the tasks they call back about.

-- A vendor that is not to be asked, with who said so and why (sealed). One live switch of each.
CREATE TABLE vendor_switches (
  tenant text NOT NULL REFERENCES tenants,
  vendor text NOT NULL,
  switch_id text NOT NULL,
  off_by text NOT NULL,
  reason bytea NOT NULL,
  off_at timestamptz NOT NULL,
  on_by text,
  on_at timestamptz,
  PRIMARY KEY (tenant, vendor, switch_id)
);
CREATE UNIQUE INDEX vendor_switches_live ON vendor_switches (tenant, vendor) WHERE on_at IS NULL;
ALTER TABLE vendor_switches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON vendor_switches USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (on_by, on_at) ON vendor_switches TO :app_role;

-- Calls to a vendor and what they cost, a row for each UTC day. failed: calls without a word.
CREATE TABLE vendor_days (
  tenant text NOT NULL REFERENCES tenants,
  vendor text NOT NULL,
  day date NOT NULL,
  calls integer NOT NULL,
  micros bigint NOT NULL,
  failed integer NOT NULL,
  PRIMARY KEY (tenant, vendor, day)
);
ALTER TABLE vendor_days ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON vendor_days USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (calls, micros, failed) ON vendor_days TO :app_role;

-- A task at a vendor. Either side may write it first: who asked (case_id and what follows), or the callback (word: labels and
-- numbers, no content). What has both is brought to the case.
CREATE TABLE vendor_tasks (
  tenant text NOT NULL REFERENCES tenants,
  vendor text NOT NULL,
  task_id text NOT NULL,
  case_id text,
  consultation text,
  asked_at timestamptz,
  due_at timestamptz,
  cost_micros bigint,
  word text,
  called_at timestamptz,
  brought_at timestamptz,
  PRIMARY KEY (tenant, vendor, task_id)
);
CREATE INDEX vendor_tasks_unclaimed ON vendor_tasks (tenant, called_at) WHERE case_id IS NULL;
ALTER TABLE vendor_tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON vendor_tasks USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (case_id, consultation, asked_at, due_at, cost_micros, word, called_at, brought_at)
  ON vendor_tasks TO :app_role;
