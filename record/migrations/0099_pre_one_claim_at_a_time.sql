-- Claims sent at once each got a task as if they were the only one: a day's budget, a break and what one may hold at once were
-- judged before any of the others was kept. Now each is judged by what the one before it left.

DROP FUNCTION claim_next(text, text, text, text[], text[], text[], smallint, text[], integer, text[], integer[], text,
  timestamptz, timestamptz, smallint[]);

-- The best task this reviewer may take, leased in the same breath; no row: none. p_queue: of this one only, null: of any;
-- p_barred: queues not for them; p_areas_out: areas they are not shown; p_languages: theirs, null: all; p_tiered: queues
-- where only p_tier or less is theirs; p_at_once: how many they may hold; p_capped, p_caps: how many of a queue all may; p_severities_out: severities
-- they looked at enough today; p_held: how many they held when all this was judged, null: not asked. Raises DP005 where it is another
-- number by now: they claimed meanwhile, and a budget that is judged before the last claim is none.
-- Mostly it is among the first of all tasks: they are read in order, and the first that nobody else is claiming right now is
-- taken. Where none of those is for this reviewer, the best few of each queue are looked at, then more of them.
CREATE FUNCTION claim_next(
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
    IF held <> p_held THEN
      RAISE EXCEPTION 'the reviewer claimed meanwhile' USING ERRCODE = 'DP005';
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
