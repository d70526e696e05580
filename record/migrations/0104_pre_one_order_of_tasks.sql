-- Whoever gave several tasks of a case back locked them in one order and the case's next projection in another: Postgres ended one
-- of the two. And who had left the register while their claim was judged got a task all the same.

-- The rows beside the events: the case's columns (a case's own stream only), open tasks, strikes. Under the stream's lock.
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

  -- Locked first and in their order, as by whoever gives several of them back.
  PERFORM FROM review_tasks r WHERE r.tenant = p_tenant AND r.stream_id = p_stream AND r.closed_at IS NULL
  ORDER BY r.task_id FOR UPDATE;

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

-- The best task this reviewer may take, leased in the same breath; no row: none. p_queue: of this one only, null: of any;
-- p_barred: queues not for them; p_areas_out: areas they are not shown; p_languages: theirs, null: all; p_tiered: queues
-- where only p_tier or less is theirs; p_at_once: how many they may hold; p_capped, p_caps: how many of a queue all may; p_severities_out: severities
-- they looked at enough today; p_held: how many they held when all this was judged, null: not asked. Raises DP005 where it is another
-- number by now: they claimed meanwhile, and a budget that is judged before the last claim is none; likewise where they left
-- the register.
-- Mostly it is among the first of all tasks: they are read in order, and the first that nobody else is claiming right now is
-- taken. Where none of those is for this reviewer, the best few of each queue are looked at, then more of them.
CREATE OR REPLACE FUNCTION claim_next(
  p_tenant text, p_reviewer text, p_queue text, p_barred text[], p_areas_out text[], p_languages text[], p_tier smallint,
  p_tiered text[], p_at_once integer, p_capped text[], p_caps integer[], p_lease text, p_now timestamptz, p_until timestamptz,
  p_severities_out smallint[] DEFAULT '{}', p_held integer DEFAULT NULL
) RETURNS SETOF review_tasks LANGUAGE plpgsql AS $$
DECLARE
  taken review_tasks;
  held integer;
  width integer;
  place integer;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  IF p_at_once IS NOT NULL OR p_held IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('claims of ' || p_tenant || '/' || p_reviewer, 0));
    held := (SELECT count(*) FROM leases l WHERE l.tenant = p_tenant AND l.reviewer = p_reviewer AND l.released_at IS NULL
      AND l.expires_at > p_now);
    IF held <> p_held OR p_held IS NOT NULL
        AND NOT EXISTS (SELECT FROM reviewers r WHERE r.tenant = p_tenant AND r.reviewer_id = p_reviewer AND r.registered)
        AND EXISTS (SELECT FROM reviewers r WHERE r.tenant = p_tenant AND r.registered) THEN
      RAISE EXCEPTION 'the reviewer claimed or left meanwhile' USING ERRCODE = 'DP005';
    END IF;
    IF held >= p_at_once THEN
      RETURN;
    END IF;
  END IF;
  FOR place IN 1 .. coalesce(cardinality(p_capped), 0) LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('claims in ' || p_tenant || '/' || p_capped[place], 0));
    IF (SELECT count(*) FROM leases l
        JOIN review_tasks t ON t.tenant = p_tenant AND t.stream_id = l.stream_id AND t.task_id = l.task_id
        WHERE l.tenant = p_tenant AND l.released_at IS NULL AND l.expires_at > p_now
          AND t.queue = p_capped[place]) >= p_caps[place] THEN
      p_barred := p_barred || p_capped[place];
    END IF;
  END LOOP;
  IF p_queue IS NULL THEN
    SELECT t.* INTO taken
    FROM (
      SELECT r.stream_id, r.task_id, r.band, r.rank_at, r.due_at, r.queue <> ALL (p_barred)
        AND free_for(r, p_reviewer, p_areas_out, p_languages, p_tier, p_tiered, p_now, p_severities_out) AS free
      FROM review_tasks r WHERE r.tenant = p_tenant AND r.closed_at IS NULL
      ORDER BY r.band, r.rank_at, r.due_at, r.stream_id, r.task_id
      LIMIT 256
    ) best
    JOIN review_tasks t ON t.tenant = p_tenant AND t.stream_id = best.stream_id AND t.task_id = best.task_id
    WHERE best.free AND t.closed_at IS NULL AND (t.leased_until IS NULL OR t.leased_until <= p_now)
      AND NOT has_a_part(t, p_reviewer)
    ORDER BY best.band, best.rank_at, best.due_at, best.stream_id, best.task_id
    LIMIT 1
    FOR UPDATE OF t SKIP LOCKED;
  END IF;
  IF taken.task_id IS NULL THEN
    FOREACH width IN ARRAY ARRAY[16, 256, 4096] LOOP
      SELECT t.* INTO taken
      FROM (
        WITH RECURSIVE open_queues AS (
          (SELECT r.queue FROM review_tasks r WHERE r.tenant = p_tenant AND r.closed_at IS NULL
             AND (p_queue IS NULL OR r.queue = p_queue) ORDER BY r.queue LIMIT 1)
          UNION ALL
          SELECT (SELECT r.queue FROM review_tasks r WHERE r.tenant = p_tenant AND r.closed_at IS NULL AND r.queue > o.queue
                  ORDER BY r.queue LIMIT 1)
          FROM open_queues o WHERE o.queue IS NOT NULL AND p_queue IS NULL
        )
        SELECT b.* FROM open_queues o CROSS JOIN LATERAL (
          SELECT r.stream_id, r.task_id, r.band, r.rank_at, r.due_at FROM review_tasks r
          WHERE r.tenant = p_tenant AND r.queue = o.queue AND r.closed_at IS NULL
            AND free_for(r, p_reviewer, p_areas_out, p_languages, p_tier, p_tiered, p_now, p_severities_out)
          ORDER BY r.band, r.rank_at, r.due_at, r.stream_id, r.task_id
          LIMIT width
        ) b
        WHERE o.queue <> ALL (p_barred)
        ORDER BY b.band, b.rank_at, b.due_at, b.stream_id, b.task_id
        LIMIT width
      ) best
      JOIN review_tasks t ON t.tenant = p_tenant AND t.stream_id = best.stream_id AND t.task_id = best.task_id
      WHERE t.closed_at IS NULL AND (t.leased_until IS NULL OR t.leased_until <= p_now) AND NOT has_a_part(t, p_reviewer)
      ORDER BY best.band, best.rank_at, best.due_at, best.stream_id, best.task_id
      LIMIT 1
      FOR UPDATE OF t SKIP LOCKED;
      EXIT WHEN FOUND;
    END LOOP;
  END IF;
  IF taken.task_id IS NULL THEN
    RETURN;
  END IF;
  IF taken.leased_until IS NOT NULL THEN
    UPDATE leases l SET released_at = least(l.expires_at, p_now)
    WHERE l.tenant = p_tenant AND l.stream_id = taken.stream_id AND l.task_id = taken.task_id AND l.released_at IS NULL;
  END IF;
  UPDATE review_tasks t SET leased_until = p_until
  WHERE t.tenant = p_tenant AND t.stream_id = taken.stream_id AND t.task_id = taken.task_id;
  INSERT INTO leases (tenant, lease_id, stream_id, task_id, reviewer, claimed_at, expires_at)
  VALUES (p_tenant, p_lease, taken.stream_id, taken.task_id, p_reviewer, p_now, p_until);
  RETURN NEXT taken;
END
$$;
