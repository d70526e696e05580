-- Matters by the account they are about, or whose contents they are about: the account picture. opened_at: when first written.
CREATE TABLE account_matters (
  tenant text NOT NULL,
  account text NOT NULL,
  case_id text NOT NULL,
  matter_id text NOT NULL,
  area text NOT NULL,
  open boolean NOT NULL,
  violation boolean NOT NULL,
  opened_at timestamptz NOT NULL,
  decided_at timestamptz,
  PRIMARY KEY (tenant, account, case_id, matter_id)
);
CREATE INDEX account_matters_by_case ON account_matters (tenant, case_id, matter_id);
ALTER TABLE account_matters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON account_matters USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (open, violation, decided_at) ON account_matters TO :app_role;

CREATE OR REPLACE FUNCTION write_projection(p_tenant text, p_stream text, p_projection jsonb, p_at timestamptz)
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

  INSERT INTO account_matters (tenant, account, case_id, matter_id, area, open, violation, opened_at, decided_at)
  SELECT p_tenant, p_projection ->> 'account', of_case, m.matter_id, m.area, m.open, m.violation, p_at, m.decided_at
  FROM jsonb_to_recordset(p_projection -> 'matters') AS m(
    matter_id text, area text, open boolean, violation boolean, decided_at timestamptz)
  WHERE of_case = p_stream AND p_projection ->> 'account' IS NOT NULL
  ON CONFLICT (tenant, account, case_id, matter_id) DO UPDATE
  SET open = excluded.open, violation = excluded.violation, decided_at = excluded.decided_at;
END
$$;
