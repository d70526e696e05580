-- What people looked at, what they asked not to be shown, and claims that keep to both.

-- Every step of looking, once per claim: warning (it was read), masked, clear. Who, what, when, how closely; never content.
CREATE TABLE reveals (
  tenant text NOT NULL REFERENCES tenants,
  lease_id text NOT NULL,
  level text NOT NULL,
  reviewer text NOT NULL,
  stream_id text NOT NULL,
  task_id text NOT NULL,
  severity smallint NOT NULL,
  area text,
  evidence_version integer,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant, lease_id, level),
  FOREIGN KEY (tenant, lease_id) REFERENCES leases
);
CREATE INDEX reveals_of_reviewer ON reveals (tenant, reviewer, at);
ALTER TABLE reveals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON reveals USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON reveals TO :app_role;

-- Areas that a reviewer is not shown, by their own word. No reason is asked or kept.
CREATE TABLE opt_outs (
  tenant text NOT NULL REFERENCES tenants,
  reviewer text NOT NULL,
  areas text[] NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, reviewer)
);
ALTER TABLE opt_outs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON opt_outs USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (areas, changed_at) ON opt_outs TO :app_role;

-- A claim by who was called, though a break was due or a budget spent (P12).
ALTER TABLE leases ADD COLUMN despite_limits boolean NOT NULL DEFAULT false;
CREATE INDEX leases_despite_limits ON leases (tenant, claimed_at) WHERE despite_limits;

-- As in 0046, and: areas they asked not to be shown, and what they looked at since then, or hold and have not looked at.
DROP FUNCTION reviewer_standing(text, text, timestamptz);
CREATE FUNCTION reviewer_standing(p_tenant text, p_reviewer text, p_now timestamptz, p_since timestamptz DEFAULT NULL)
RETURNS TABLE (
  kept boolean, registered boolean, profile jsonb, held integer, claimed_today integer, opted_out text[], looks jsonb)
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
  opted_out := (SELECT o.areas FROM opt_outs o WHERE o.tenant = p_tenant AND o.reviewer = p_reviewer);
  looks := (
    SELECT jsonb_agg(to_jsonb(s)) FROM (
      SELECT min(v.at) AS first_at, max(v.at) AS last_at, v.severity, v.area,
        CASE WHEN bool_or(v.level = 'clear') THEN 'clear' ELSE 'masked' END AS level
      FROM reveals v WHERE v.tenant = p_tenant AND v.reviewer = p_reviewer AND v.at >= p_since AND v.level <> 'warning'
      GROUP BY v.stream_id, v.task_id, v.severity, v.area
      UNION ALL
      SELECT l.claimed_at, l.claimed_at, t.severity, t.area, NULL
      FROM leases l JOIN review_tasks t ON t.tenant = p_tenant AND t.stream_id = l.stream_id AND t.task_id = l.task_id
      WHERE l.tenant = p_tenant AND l.reviewer = p_reviewer AND l.released_at IS NULL AND l.expires_at > p_now
        AND p_since IS NOT NULL AND NOT EXISTS (
          SELECT FROM reveals v WHERE v.tenant = p_tenant AND v.lease_id = l.lease_id AND v.level <> 'warning')) AS s);
  RETURN NEXT;
END
$$;

-- As in 0046, and p_severities_out: severities that this reviewer looked at enough today.
DROP FUNCTION claim_next(text, text, text, text[], text[], text[], smallint, text[], integer, text[], integer[], text,
                         timestamptz, timestamptz);
DROP FUNCTION free_for(review_tasks, text, text[], text[], smallint, text[], timestamptz);
CREATE FUNCTION free_for(
  r review_tasks, p_reviewer text, p_areas_out text[], p_languages text[], p_tier smallint, p_tiered text[],
  p_now timestamptz, p_severities_out smallint[]
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (r.leased_until IS NULL OR r.leased_until <= p_now)
    AND (r.snoozed_until IS NULL OR r.snoozed_until <= p_now)
    AND (r.assigned_to IS NULL OR r.assigned_to = p_reviewer OR r.due_at <= p_now)
    AND p_reviewer <> ALL (r.skipped_by) AND p_reviewer <> ALL (r.excluded)
    AND (r.area IS NULL OR r.area <> ALL (p_areas_out)) AND r.severity <> ALL (p_severities_out)
    AND (r.language IS NULL OR p_languages IS NULL OR r.language = ANY (p_languages))
    AND (r.tier <= p_tier OR r.queue <> ALL (p_tiered))
$$;

CREATE FUNCTION claim_next(
  p_tenant text, p_reviewer text, p_queue text, p_barred text[], p_areas_out text[], p_languages text[], p_tier smallint,
  p_tiered text[], p_at_once integer, p_capped text[], p_caps integer[], p_lease text, p_now timestamptz, p_until timestamptz,
  p_severities_out smallint[] DEFAULT '{}'
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
