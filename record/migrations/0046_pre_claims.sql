-- Claims in two round trips: how a reviewer stands is one call, and the best task is mostly found at the front of one index.

-- What a reviewer holds, however many claims they ever made. The task is in it so that no plan takes this index for a task's
-- lease and walks through everybody's.
CREATE INDEX leases_held ON leases (tenant, reviewer, stream_id, task_id) WHERE released_at IS NULL;

-- A reviewer as far as claims go: whether the tenant keeps a register, whether they are in it, what it says, how many tasks
-- they hold, and, where the profile limits it, how many they took on this day of theirs. It names its tenant itself.
CREATE FUNCTION reviewer_standing(p_tenant text, p_reviewer text, p_now timestamptz)
RETURNS TABLE (kept boolean, registered boolean, profile jsonb, held integer, claimed_today integer)
LANGUAGE plpgsql AS $$
DECLARE
  known reviewers;
  zone text;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  SELECT r.* INTO known FROM reviewers r WHERE r.tenant = p_tenant AND r.reviewer_id = p_reviewer;
  kept := EXISTS (SELECT FROM reviewers x WHERE x.tenant = p_tenant AND x.registered);
  registered := coalesce(known.registered, false);
  profile := known.profile;
  held := (SELECT count(*) FROM leases l
    WHERE l.tenant = p_tenant AND l.reviewer = p_reviewer AND l.released_at IS NULL AND l.expires_at > p_now);
  claimed_today := 0;
  IF registered AND profile ->> 'per_day' IS NOT NULL THEN
    zone := coalesce(profile ->> 'zone', 'UTC');
    claimed_today := (SELECT count(DISTINCT (l.stream_id, l.task_id)) FROM leases l
      WHERE l.tenant = p_tenant AND l.reviewer = p_reviewer
        AND l.claimed_at >= date_trunc('day', p_now AT TIME ZONE zone) AT TIME ZONE zone);
  END IF;
  RETURN NEXT;
END
$$;

-- Whether nothing in the task's own row speaks against this reviewer's taking it now.
CREATE FUNCTION free_for(
  r review_tasks, p_reviewer text, p_areas_out text[], p_languages text[], p_tier smallint, p_tiered text[],
  p_now timestamptz
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (r.leased_until IS NULL OR r.leased_until <= p_now)
    AND (r.snoozed_until IS NULL OR r.snoozed_until <= p_now)
    AND (r.assigned_to IS NULL OR r.assigned_to = p_reviewer OR r.due_at <= p_now)
    AND p_reviewer <> ALL (r.skipped_by) AND p_reviewer <> ALL (r.excluded)
    AND (r.area IS NULL OR r.area <> ALL (p_areas_out))
    AND (r.language IS NULL OR p_languages IS NULL OR r.language = ANY (p_languages))
    AND (r.tier <= p_tier OR r.queue <> ALL (p_tiered))
$$;

-- Whether the reviewer has a part in the task's case, or judged in it before (P5).
CREATE FUNCTION has_a_part(t review_tasks, p_reviewer text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
      SELECT FROM reviewers v
      JOIN case_people p ON p.tenant = t.tenant AND p.case_id = t.case_id AND p.person <> ''
        AND (p.person = ANY (v.person_keys) OR p.address_key = ANY (v.person_keys))
      WHERE v.tenant = t.tenant AND v.reviewer_id = p_reviewer)
    OR t.kind <> 'matter' AND EXISTS (
      SELECT FROM case_deciders d WHERE d.tenant = t.tenant AND d.case_id = t.case_id AND d.reviewer = p_reviewer);
END
$$;

-- The best task this reviewer may take, leased in the same breath; no row: none. p_queue: of this one only, null: of any;
-- p_barred: queues not for them; p_areas_out: areas they are not shown; p_languages: theirs, null: all; p_tiered: queues
-- where only p_tier or less is theirs; p_at_once: how many they may hold; p_capped, p_caps: how many of a queue all may.
-- Mostly it is among the first of all tasks: they are read in order, and the first that nobody else is claiming right now is
-- taken. Where none of those is for this reviewer, the best few of each queue are looked at, then more of them.
CREATE OR REPLACE FUNCTION claim_next(
  p_tenant text, p_reviewer text, p_queue text, p_barred text[], p_areas_out text[], p_languages text[], p_tier smallint,
  p_tiered text[], p_at_once integer, p_capped text[], p_caps integer[], p_lease text, p_now timestamptz, p_until timestamptz
) RETURNS SETOF review_tasks LANGUAGE plpgsql AS $$
DECLARE
  taken review_tasks;
  width integer;
  place integer;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  IF p_at_once IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('claims of ' || p_tenant || '/' || p_reviewer, 0));
    IF (SELECT count(*) FROM leases l WHERE l.tenant = p_tenant AND l.reviewer = p_reviewer AND l.released_at IS NULL
        AND l.expires_at > p_now) >= p_at_once THEN
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
        AND free_for(r, p_reviewer, p_areas_out, p_languages, p_tier, p_tiered, p_now) AS free
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
            AND free_for(r, p_reviewer, p_areas_out, p_languages, p_tier, p_tiered, p_now)
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
