-- What is put off wakes where it became danger, or is due sooner than it would have woken: nobody is given a task that
-- sleeps, and a snooze that outlasts the due time was never to be had.
CREATE OR REPLACE FUNCTION write_projection(p_tenant text, p_stream text, p_projection jsonb, p_at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  of_case text;
BEGIN
  SELECT s.case_id INTO of_case FROM streams s WHERE s.tenant = p_tenant AND s.stream_id = p_stream;
  IF of_case = p_stream THEN
    UPDATE cases c
    SET stage = p.stage, category = p.category, queue = p.queue, rule = p.rule, jurisdiction = p.jurisdiction,
        priority = p.priority, due_at = p.due_at, stuck = p.stuck, legal_hold = p.legal_hold,
        legal_clock = p.legal_clock, legal_source = p.legal_source, legal_due_at = p.legal_due_at, projected_at = p_at,
        areas = ARRAY(SELECT DISTINCT m ->> 'area' FROM jsonb_array_elements(p_projection -> 'matters') AS m)
    FROM jsonb_to_record(p_projection) AS p(
      stage text, category text, queue text, rule text, jurisdiction text, priority smallint, due_at timestamptz,
      stuck boolean, legal_hold boolean, legal_clock text, legal_source text, legal_due_at timestamptz)
    WHERE c.tenant = p_tenant AND c.case_id = p_stream;
  END IF;

  INSERT INTO review_tasks AS r
    (tenant, stream_id, task_id, case_id, kind, subject, queue, severity, priority, due_at, tier, evidence_version,
     evidence_digest, excluded, opened_at, area, language, jurisdiction, band, rank_at, escalates_at)
  SELECT p_tenant, p_stream, t.task_id, of_case, t.kind, t.subject, t.queue, t.severity, t.severity + 1, t.due_at, t.tier,
         t.evidence_version, t.evidence_digest, t.excluded, p_at, t.area, t.language, t.jurisdiction,
         coalesce((t.rank ->> 'band')::smallint, least(t.severity, 2)), coalesce((t.rank ->> 'at')::timestamptz, t.due_at),
         t.due_at
  FROM jsonb_to_recordset(p_projection -> 'tasks') AS t(
    task_id text, kind text, subject text, queue text, severity smallint, due_at timestamptz, tier smallint,
    evidence_version integer, evidence_digest text, excluded text[], area text, language text, jurisdiction text, rank jsonb)
  ON CONFLICT (tenant, stream_id, task_id) DO UPDATE
  SET kind = excluded.kind, subject = excluded.subject, severity = excluded.severity, priority = excluded.priority,
      due_at = excluded.due_at, evidence_version = excluded.evidence_version, evidence_digest = excluded.evidence_digest,
      excluded = excluded.excluded, area = excluded.area, language = excluded.language,
      jurisdiction = excluded.jurisdiction, closed_at = NULL,
      -- What people said of an open task outlives its next projection; of one that opens anew, nothing does. Nor does it
      -- sleep on where a life may be in danger by now, or where it is due before it would wake.
      queue = CASE WHEN r.closed_at IS NULL THEN coalesce(r.moved_to, excluded.queue) ELSE excluded.queue END,
      moved_to = CASE WHEN r.closed_at IS NULL THEN r.moved_to END,
      assigned_to = CASE WHEN r.closed_at IS NULL THEN r.assigned_to END,
      snoozed_until = CASE WHEN r.closed_at IS NULL AND excluded.severity > 0 AND r.snoozed_until <= excluded.due_at
        THEN r.snoozed_until END,
      boosted_at = CASE WHEN r.closed_at IS NULL THEN r.boosted_at END,
      skipped_by = CASE WHEN r.closed_at IS NULL THEN r.skipped_by ELSE '{}' END,
      tier = CASE WHEN r.closed_at IS NULL AND r.due_at = excluded.due_at
        THEN greatest(r.tier, excluded.tier) ELSE excluded.tier END,
      escalates_at = CASE WHEN r.closed_at IS NULL AND r.due_at = excluded.due_at
        THEN r.escalates_at ELSE excluded.due_at END,
      band = least(excluded.band, CASE WHEN r.closed_at IS NULL AND r.boosted_at IS NOT NULL THEN 1 END),
      rank_at = least(excluded.rank_at, CASE WHEN r.closed_at IS NULL THEN r.boosted_at END);

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
