-- A part in a campaign is also who reported one of its members, and whose own account is one. As in 0064 otherwise.
CREATE OR REPLACE FUNCTION in_conflict(p_tenant text, p_reviewer text, p_case text, p_area text)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  known text[];
BEGIN
  SELECT coalesce((SELECT v.person_keys FROM reviewers v WHERE v.tenant = p_tenant AND v.reviewer_id = p_reviewer), '{}')
    || coalesce((SELECT array_agg(one) FROM declared_conflicts k, unnest(k.keys) AS one
                 WHERE k.tenant = p_tenant AND k.reviewer = p_reviewer AND k.ended_at IS NULL AND k.about <> 'topic'), '{}')
  INTO known;
  IF split_part(p_case, '/', 3) = 'campaign' AND cardinality(known) > 0 AND (
    EXISTS (
      SELECT FROM campaign_members m WHERE m.tenant = p_tenant AND m.case_id = p_case
        AND (m.account_key = ANY (known) OR m.person = ANY (known) OR m.member_key = ANY (known)))
    OR EXISTS (
      SELECT FROM case_people p
      JOIN campaign_members m ON m.tenant = p_tenant AND m.case_id = p_case AND m.member_key = split_part(p.case_id, '/', 4)
      WHERE p.tenant = p_tenant AND p.person <> '' AND (p.person = ANY (known) OR p.address_key = ANY (known)))
  ) THEN
    RETURN true;
  END IF;
  RETURN split_part(p_case, '/', 4) = ANY (known)
    OR EXISTS (
      SELECT FROM case_people p WHERE p.tenant = p_tenant AND p.case_id = p_case AND p.person <> ''
        AND (p.person = ANY (known) OR p.address_key = ANY (known)))
    OR EXISTS (
      SELECT FROM case_communities m WHERE m.tenant = p_tenant AND m.case_id = p_case AND m.community = ANY (known))
    OR EXISTS (
      SELECT FROM declared_conflicts k
      WHERE k.tenant = p_tenant AND k.reviewer = p_reviewer AND k.ended_at IS NULL AND k.about = 'topic'
        AND k.keys[1] = coalesce(p_area, (SELECT c.category FROM cases c WHERE c.tenant = p_tenant AND c.case_id = p_case)));
END
$$;

-- As in 0056, and: of severities that weigh nothing only what was looked at since p_recent, for older looks of theirs change
-- nothing. p_weighing: the severities that do weigh, null: all.
DROP FUNCTION reviewer_standing(text, text, timestamptz, timestamptz);
CREATE FUNCTION reviewer_standing(p_tenant text, p_reviewer text, p_now timestamptz, p_since timestamptz DEFAULT NULL,
                                  p_weighing smallint[] DEFAULT NULL, p_recent timestamptz DEFAULT NULL)
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
        AND (p_weighing IS NULL OR v.severity = ANY (p_weighing) OR v.at >= p_recent)
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
