-- Who looks at what: open questions, leases on them, reviewers, strikes; and the projection that writes them.

-- person_keys: who this reviewer is on the platform, so that nobody judges their own account or report.
CREATE TABLE reviewers (
  tenant text NOT NULL REFERENCES tenants,
  reviewer_id text NOT NULL,
  person_keys text[] NOT NULL,
  PRIMARY KEY (tenant, reviewer_id)
);
ALTER TABLE reviewers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON reviewers USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (person_keys) ON reviewers TO :app_role;

-- A projection of the streams' open tasks. leased_until is the claim's guard: taken under this row's lock.
CREATE TABLE review_tasks (
  tenant text NOT NULL,
  stream_id text NOT NULL,
  task_id text NOT NULL,
  case_id text NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  queue text NOT NULL,
  severity smallint NOT NULL,
  priority smallint NOT NULL,
  due_at timestamptz NOT NULL,
  tier smallint NOT NULL,
  evidence_version integer,
  evidence_digest text NOT NULL,
  excluded text[] NOT NULL,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  leased_until timestamptz,
  PRIMARY KEY (tenant, stream_id, task_id)
) WITH (fillfactor = 80);
CREATE INDEX review_tasks_open ON review_tasks (tenant, priority, due_at, stream_id, task_id) WHERE closed_at IS NULL;
CREATE INDEX review_tasks_open_by_queue ON review_tasks (tenant, queue, priority, due_at, stream_id, task_id)
  WHERE closed_at IS NULL;
ALTER TABLE review_tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON review_tasks USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT,
  UPDATE (kind, subject, queue, severity, priority, due_at, tier, evidence_version, evidence_digest, excluded, closed_at,
          leased_until)
  ON review_tasks TO :app_role;

-- Every claim there was. At most one per task is not released; one that is over is released by whoever claims next.
CREATE TABLE leases (
  tenant text NOT NULL,
  lease_id text NOT NULL,
  stream_id text NOT NULL,
  task_id text NOT NULL,
  reviewer text NOT NULL,
  claimed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  released_at timestamptz,
  PRIMARY KEY (tenant, lease_id),
  FOREIGN KEY (tenant, stream_id, task_id) REFERENCES review_tasks
);
CREATE UNIQUE INDEX leases_one_per_task ON leases (tenant, stream_id, task_id) WHERE released_at IS NULL;
ALTER TABLE leases ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON leases USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (expires_at, released_at) ON leases TO :app_role;

-- Marks on accounts, by the decisions of all cases.
CREATE TABLE strikes (
  tenant text NOT NULL,
  case_id text NOT NULL,
  decision_id text NOT NULL,
  account text NOT NULL,
  area text NOT NULL,
  since timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  active boolean NOT NULL,
  PRIMARY KEY (tenant, case_id, decision_id, account)
);
CREATE INDEX strikes_by_account ON strikes (tenant, account, expires_at) WHERE active;
ALTER TABLE strikes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON strikes USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (area, since, expires_at, active) ON strikes TO :app_role;

-- The rows beside the events: the case's columns (a case's own stream only), open tasks, strikes. Under the stream's lock.
CREATE FUNCTION write_projection(p_tenant text, p_stream text, p_projection jsonb, p_at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  of_case text;
BEGIN
  SELECT s.case_id INTO of_case FROM streams s WHERE s.tenant = p_tenant AND s.stream_id = p_stream;
  IF of_case = p_stream THEN
    UPDATE cases c
    SET stage = p.stage, category = p.category, queue = p.queue, rule = p.rule, jurisdiction = p.jurisdiction,
        priority = p.priority, due_at = p.due_at, stuck = p.stuck, legal_hold = p.legal_hold, projected_at = p_at
    FROM jsonb_to_record(p_projection) AS p(
      stage text, category text, queue text, rule text, jurisdiction text, priority smallint, due_at timestamptz,
      stuck boolean, legal_hold boolean)
    WHERE c.tenant = p_tenant AND c.case_id = p_stream;
  END IF;

  INSERT INTO review_tasks
    (tenant, stream_id, task_id, case_id, kind, subject, queue, severity, priority, due_at, tier, evidence_version,
     evidence_digest, excluded, opened_at)
  SELECT p_tenant, p_stream, t.task_id, of_case, t.kind, t.subject, t.queue, t.severity, t.severity + 1, t.due_at, t.tier,
         t.evidence_version, t.evidence_digest, t.excluded, p_at
  FROM jsonb_to_recordset(p_projection -> 'tasks') AS t(
    task_id text, kind text, subject text, queue text, severity smallint, due_at timestamptz, tier smallint,
    evidence_version integer, evidence_digest text, excluded text[])
  ON CONFLICT (tenant, stream_id, task_id) DO UPDATE
  SET kind = excluded.kind, subject = excluded.subject, queue = excluded.queue, severity = excluded.severity,
      priority = excluded.priority, due_at = excluded.due_at, tier = excluded.tier,
      evidence_version = excluded.evidence_version, evidence_digest = excluded.evidence_digest,
      excluded = excluded.excluded, closed_at = NULL;

  WITH closed AS (
    UPDATE review_tasks r SET closed_at = p_at, leased_until = NULL
    WHERE r.tenant = p_tenant AND r.stream_id = p_stream AND r.closed_at IS NULL
      AND NOT EXISTS (SELECT FROM jsonb_array_elements(p_projection -> 'tasks') AS t WHERE t ->> 'task_id' = r.task_id)
    RETURNING r.task_id
  )
  UPDATE leases l SET released_at = least(p_at, l.expires_at)
  FROM closed
  WHERE l.tenant = p_tenant AND l.stream_id = p_stream AND l.task_id = closed.task_id AND l.released_at IS NULL;

  INSERT INTO strikes (tenant, case_id, decision_id, account, area, since, expires_at, active)
  SELECT p_tenant, of_case, k.decision_id, k.account, k.area, k.since, k.expires_at, k.active
  FROM jsonb_to_recordset(p_projection -> 'strikes') AS k(
    decision_id text, account text, area text, since timestamptz, expires_at timestamptz, active boolean)
  ON CONFLICT (tenant, case_id, decision_id, account) DO UPDATE
  SET area = excluded.area, since = excluded.since, expires_at = excluded.expires_at, active = excluded.active;
END
$$;
