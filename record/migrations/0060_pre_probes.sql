-- Quality: known answers, double reviews, exercises, and who read figures about people.

-- A matter with an answer that a lead gave.
CREATE TABLE golden_items (
  tenant text NOT NULL REFERENCES tenants,
  golden_id text NOT NULL,
  case_id text NOT NULL,
  matter_id text NOT NULL,
  queue text NOT NULL,
  area text,
  outcome text NOT NULL,
  reason_id text NOT NULL,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  retired_by text,
  retired_at timestamptz,
  PRIMARY KEY (tenant, golden_id)
);
CREATE INDEX golden_items_in_use ON golden_items (tenant, queue) WHERE retired_at IS NULL;
ALTER TABLE golden_items ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON golden_items USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (retired_by, retired_at) ON golden_items TO :app_role;

-- A set that everybody named judges.
CREATE TABLE exercises (
  tenant text NOT NULL REFERENCES tenants,
  exercise_id text NOT NULL,
  opened_by text NOT NULL,
  opened_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  digest text NOT NULL,
  PRIMARY KEY (tenant, exercise_id)
);
ALTER TABLE exercises ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON exercises USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON exercises TO :app_role;

-- One question that checks. stream_id: the name it is asked under; later_seconds: by how much its times are moved. expected:
-- the known answer, or the first reviewer's; answer: `cases.received.DecisionAsk`, which has no free text. passed_over: sampled, and not to be asked. Its task is a row of review_tasks.
CREATE TABLE probes (
  tenant text NOT NULL REFERENCES tenants,
  stream_id text NOT NULL,
  purpose text NOT NULL,
  case_id text NOT NULL,
  matter_id text NOT NULL,
  later_seconds float8 NOT NULL,
  queue text NOT NULL,
  area text,
  language text,
  rule_id text,
  expected text,
  golden_id text,
  exercise_id text,
  first_by text,
  decision_id text,
  opened_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  reviewer text,
  outcome text,
  answer jsonb,
  answered_at timestamptz,
  withdrawn_at timestamptz,
  passed_over boolean NOT NULL DEFAULT false,
  settled_outcome text,
  settled_by text,
  settled_at timestamptz,
  settled_reason_id text,
  PRIMARY KEY (tenant, stream_id)
);
CREATE UNIQUE INDEX probes_one_double ON probes (tenant, case_id, matter_id) WHERE purpose = 'double';
CREATE INDEX probes_open ON probes (tenant, due_at) WHERE answered_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX probes_answered ON probes (tenant, answered_at) WHERE answered_at IS NOT NULL;
CREATE INDEX probes_of_queue ON probes (tenant, queue, opened_at) WHERE purpose = 'golden';
ALTER TABLE probes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON probes USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (reviewer, outcome, answer, answered_at, withdrawn_at,
                              settled_outcome, settled_by, settled_at, settled_reason_id)
  ON probes TO :app_role;

-- Who read figures about people, when.
CREATE TABLE quality_reads (
  tenant text NOT NULL REFERENCES tenants,
  at timestamptz NOT NULL,
  by text NOT NULL,
  what text NOT NULL
);
CREATE INDEX quality_reads_at ON quality_reads (tenant, at);
ALTER TABLE quality_reads ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON quality_reads USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON quality_reads TO :app_role;

CREATE INDEX review_tasks_closed ON review_tasks (tenant, closed_at) WHERE closed_at IS NOT NULL;
