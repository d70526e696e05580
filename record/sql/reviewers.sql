-- reviewer_standing --
-- A reviewer as far as claims go (migrations 0056, 0073 and 0084 explain how). $1 tenant, $2 reviewer, $3 now, $4 looks since,
-- $5 severities that weigh, $6 looks of others since, $7 other tenants that they work for.
SELECT * FROM reviewer_standing($1, $2, $3, $4, $5, $6, $7);

-- reviewer_standings --
-- The same of several. $1 tenant, $2 reviewers, $3 now, $4 looks since, $5 severities that weigh, $6 looks of others since,
-- $7 reviewers and $8 another tenant of each.
SELECT n.name AS reviewer, s.* FROM unnest($2::text[]) AS n (name),
  LATERAL reviewer_standing($1, n.name, $3, $4, $5, $6, ARRAY(
    SELECT e.tenant FROM unnest($7::text[], $8::text[]) AS e (name, tenant) WHERE e.name = n.name)) AS s
ORDER BY n.name;

-- waiting_for --
-- Whether tasks are free in queues that are not barred, and whether a life may be in danger in one. $1 tenant, $2 queues barred,
-- $3 now, $4 queue or null.
SELECT count(*) > 0 AS waits, coalesce(bool_or(first.band = 0), false) AS danger
FROM (
  SELECT t.band FROM review_tasks t
  WHERE t.tenant = $1 AND t.closed_at IS NULL AND t.queue <> ALL ($2) AND ($4::text IS NULL OR t.queue = $4)
    AND (t.leased_until IS NULL OR t.leased_until <= $3) AND (t.snoozed_until IS NULL OR t.snoozed_until <= $3)
  ORDER BY t.band, t.rank_at, t.due_at, t.stream_id, t.task_id
  LIMIT 1) AS first;

-- latest_claims --
-- When a reviewer's latest claims were, the newest first. $1 tenant, $2 reviewer, $3 how many.
SELECT claimed_at FROM leases WHERE tenant = $1 AND reviewer = $2 ORDER BY claimed_at DESC LIMIT $3;

-- register_reviewer --
-- What the register says of a reviewer from now on. $1 tenant, $2 reviewer, $3 profile, $4 now, $5 by.
INSERT INTO reviewers (tenant, reviewer_id, person_keys, registered, profile, changed_at, changed_by)
VALUES ($1, $2, '{}', true, $3::jsonb, $4, $5)
ON CONFLICT (tenant, reviewer_id) DO UPDATE
SET registered = true, profile = excluded.profile, changed_at = excluded.changed_at, changed_by = excluded.changed_by;

-- unregister_reviewer --
-- A reviewer leaves the register; who they are on the platform stays known. $1 tenant, $2 reviewer, $3 now, $4 by.
UPDATE reviewers SET registered = false, profile = '{}', changed_at = $3, changed_by = $4
WHERE tenant = $1 AND reviewer_id = $2 AND registered RETURNING true;

-- give_all_back --
-- What a reviewer holds is free again: their own leases, not one that somebody else has by now. $1 tenant, $2 reviewer, $3 now.
WITH held AS MATERIALIZED (
  SELECT t.stream_id, t.task_id FROM review_tasks t
  WHERE t.tenant = $1 AND t.closed_at IS NULL AND EXISTS (
    SELECT FROM leases l
    WHERE l.tenant = $1 AND l.stream_id = t.stream_id AND l.task_id = t.task_id AND l.reviewer = $2
      AND l.released_at IS NULL AND l.expires_at > $3)
  ORDER BY t.stream_id, t.task_id
  FOR UPDATE OF t
),
released AS (
  UPDATE leases l SET released_at = $3 FROM held
  WHERE l.tenant = $1 AND l.stream_id = held.stream_id AND l.task_id = held.task_id AND l.reviewer = $2
    AND l.released_at IS NULL
  RETURNING l.stream_id, l.task_id
)
UPDATE review_tasks t SET leased_until = NULL FROM released
WHERE t.tenant = $1 AND t.stream_id = released.stream_id AND t.task_id = released.task_id;

-- registered_reviewers --
-- The register, and what each holds. $1 tenant, $2 now.
SELECT r.reviewer_id, r.profile, r.changed_at, r.changed_by, (
    SELECT count(*)::integer FROM leases l
    WHERE l.tenant = $1 AND l.reviewer = r.reviewer_id AND l.released_at IS NULL AND l.expires_at > $2) AS held
FROM reviewers r WHERE r.tenant = $1 AND r.registered ORDER BY r.reviewer_id;
