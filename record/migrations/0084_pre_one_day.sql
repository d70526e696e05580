-- One day of a person who works for several tenants.

-- What a reviewer looked at since, and what they hold and have not looked at; of severities that weigh nothing only what was
-- looked at since p_recent. An attachment that is not veiled is seen clear.
CREATE FUNCTION looks_of(
  p_tenant text, p_reviewer text, p_now timestamptz, p_since timestamptz, p_weighing smallint[], p_recent timestamptz)
RETURNS TABLE (first_at timestamptz, last_at timestamptz, severity smallint, area text, level text)
LANGUAGE sql STABLE AS $$
  SELECT min(v.at), max(v.at), v.severity, v.area,
    CASE WHEN bool_or(v.level IN ('clear', 'grey')) THEN 'clear' ELSE 'masked' END
  FROM reveals v WHERE v.tenant = p_tenant AND v.reviewer = p_reviewer AND v.at >= p_since AND v.level <> 'warning'
    AND (p_weighing IS NULL OR v.severity = ANY (p_weighing) OR v.at >= p_recent)
  GROUP BY v.stream_id, v.task_id, v.severity, v.area
  UNION ALL
  SELECT l.claimed_at, l.claimed_at, t.severity, t.area, NULL
  FROM leases l JOIN review_tasks t ON t.tenant = p_tenant AND t.stream_id = l.stream_id AND t.task_id = l.task_id
  WHERE l.tenant = p_tenant AND l.reviewer = p_reviewer AND l.released_at IS NULL AND l.expires_at > p_now
    AND p_since IS NOT NULL AND NOT EXISTS (
      SELECT FROM reveals v WHERE v.tenant = p_tenant AND v.lease_id = l.lease_id AND v.level <> 'warning')
$$;

-- The same in other tenants that this person works for: times, severities and levels, and nothing else of what was seen there.
-- Row-level security is forced for every role, so it names each tenant in turn, and ends with the one it was called for.
CREATE FUNCTION looks_elsewhere(
  p_tenant text, p_elsewhere text[], p_reviewer text, p_now timestamptz, p_since timestamptz, p_weighing smallint[],
  p_recent timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  other text;
  looks jsonb := '[]';
BEGIN
  FOREACH other IN ARRAY p_elsewhere LOOP
    PERFORM set_config('dueprocess.tenant', other, true);
    looks := looks || coalesce((
      SELECT jsonb_agg(jsonb_build_object(
        'first_at', s.first_at, 'last_at', s.last_at, 'severity', s.severity, 'level', s.level))
      FROM looks_of(other, p_reviewer, p_now, p_since, p_weighing, p_recent) AS s), '[]');
  END LOOP;
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  RETURN looks;
END
$$;

-- As in 0073, and p_elsewhere: other tenants that this person works for. Looks there are looks of the same day.
DROP FUNCTION reviewer_standing(text, text, timestamptz, timestamptz, smallint[], timestamptz);
CREATE FUNCTION reviewer_standing(p_tenant text, p_reviewer text, p_now timestamptz, p_since timestamptz DEFAULT NULL,
                                  p_weighing smallint[] DEFAULT NULL, p_recent timestamptz DEFAULT NULL,
                                  p_elsewhere text[] DEFAULT '{}')
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
    SELECT coalesce(jsonb_agg(to_jsonb(s)), '[]')
    FROM looks_of(p_tenant, p_reviewer, p_now, p_since, p_weighing, p_recent) AS s);
  IF p_elsewhere <> '{}' THEN
    looks := looks || looks_elsewhere(p_tenant, p_elsewhere, p_reviewer, p_now, p_since, p_weighing, p_recent);
  END IF;
  RETURN NEXT;
END
$$;
