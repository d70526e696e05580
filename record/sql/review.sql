-- next_task --
-- The most urgent open task this reviewer may take, locked; tasks others are claiming right now are passed over. The row's
-- own lease column is looked at again once the lock is held. $1 tenant, $2 reviewer, $3 queue or null, $4 now.
SELECT t.* FROM review_tasks t
WHERE t.tenant = $1 AND t.closed_at IS NULL AND ($3::text IS NULL OR t.queue = $3)
  AND (t.leased_until IS NULL OR t.leased_until <= $4)
  AND $2 <> ALL (t.excluded)
  AND NOT EXISTS (
    SELECT FROM reviewers r
    JOIN case_people p ON p.tenant = $1 AND p.case_id = t.case_id AND p.person <> ''
      AND (p.person = ANY (r.person_keys) OR p.address_key = ANY (r.person_keys))
    WHERE r.tenant = $1 AND r.reviewer_id = $2)
  AND (t.kind = 'matter' OR NOT EXISTS (
    SELECT FROM case_deciders d WHERE d.tenant = $1 AND d.case_id = t.case_id AND d.reviewer = $2))
ORDER BY t.priority, t.due_at, t.stream_id, t.task_id
LIMIT 1
FOR UPDATE OF t SKIP LOCKED;

-- named_task --
-- One open task, locked, and what speaks against this reviewer. $1 tenant, $2 reviewer, $3 stream or null, $4 task.
SELECT t.*,
  $2 = ANY (t.excluded) AS is_excluded,
  EXISTS (
    SELECT FROM reviewers r
    JOIN case_people p ON p.tenant = $1 AND p.case_id = t.case_id AND p.person <> ''
      AND (p.person = ANY (r.person_keys) OR p.address_key = ANY (r.person_keys))
    WHERE r.tenant = $1 AND r.reviewer_id = $2) AS in_conflict,
  t.kind <> 'matter' AND EXISTS (
    SELECT FROM case_deciders d WHERE d.tenant = $1 AND d.case_id = t.case_id AND d.reviewer = $2) AS decided_before
FROM review_tasks t
WHERE t.tenant = $1 AND t.closed_at IS NULL AND ($3::text IS NULL OR t.stream_id = $3) AND t.task_id = $4
ORDER BY t.stream_id
LIMIT 2
FOR UPDATE OF t;

-- lease_of_reviewer --
-- The lease this reviewer holds on a task. $1 tenant, $2 stream, $3 task, $4 reviewer, $5 now.
SELECT lease_id, expires_at FROM leases
WHERE tenant = $1 AND stream_id = $2 AND task_id = $3 AND reviewer = $4 AND released_at IS NULL AND expires_at > $5;

-- end_old_lease --
-- What was left of an earlier claim is over. $1 tenant, $2 stream, $3 task, $4 now.
UPDATE leases SET released_at = least(expires_at, $4)
WHERE tenant = $1 AND stream_id = $2 AND task_id = $3 AND released_at IS NULL;

-- lease_task --
-- A task is claimed, under its lock. $1 tenant, $2 stream, $3 task, $4 lease, $5 reviewer, $6 now, $7 until.
WITH leased AS (
  UPDATE review_tasks SET leased_until = $7 WHERE tenant = $1 AND stream_id = $2 AND task_id = $3
)
INSERT INTO leases (tenant, lease_id, stream_id, task_id, reviewer, claimed_at, expires_at)
VALUES ($1, $4, $2, $3, $5, $6, $7);

-- renew_lease --
-- A lease that is not over lasts longer. The task is locked first, as by whoever claims or closes it. $1 tenant, $2 lease,
-- $3 reviewer, $4 now, $5 until.
WITH task AS MATERIALIZED (
  SELECT t.stream_id, t.task_id FROM review_tasks t
  WHERE t.tenant = $1 AND (t.stream_id, t.task_id) = (
    SELECT l.stream_id, l.task_id FROM leases l WHERE l.tenant = $1 AND l.lease_id = $2 AND l.reviewer = $3)
  FOR UPDATE
),
renewed AS (
  UPDATE leases l SET expires_at = $5 FROM task
  WHERE l.tenant = $1 AND l.lease_id = $2 AND l.released_at IS NULL AND l.expires_at > $4
  RETURNING l.stream_id, l.task_id
)
UPDATE review_tasks t SET leased_until = $5 FROM renewed
WHERE t.tenant = $1 AND t.stream_id = renewed.stream_id AND t.task_id = renewed.task_id
RETURNING true;

-- release_lease --
-- A task is given back; it is locked first, as by whoever claims or closes it. $1 tenant, $2 lease, $3 reviewer, $4 now.
WITH task AS MATERIALIZED (
  SELECT t.stream_id, t.task_id FROM review_tasks t
  WHERE t.tenant = $1 AND (t.stream_id, t.task_id) = (
    SELECT l.stream_id, l.task_id FROM leases l WHERE l.tenant = $1 AND l.lease_id = $2 AND l.reviewer = $3)
  FOR UPDATE
),
released AS (
  UPDATE leases l SET released_at = least(l.expires_at, $4) FROM task
  WHERE l.tenant = $1 AND l.lease_id = $2 AND l.released_at IS NULL
  RETURNING l.stream_id, l.task_id
)
UPDATE review_tasks t SET leased_until = NULL FROM released
WHERE t.tenant = $1 AND t.stream_id = released.stream_id AND t.task_id = released.task_id
RETURNING true;

-- open_tasks --
-- Open tasks, most urgent first. $1 tenant, $2 queue or null, $3 limit, $4 now.
SELECT t.stream_id, t.case_id, t.task_id, t.kind, t.subject, t.queue, t.severity, t.tier, t.due_at, t.evidence_version,
  t.evidence_digest, CASE WHEN t.leased_until > $4 THEN t.leased_until END AS leased_until
FROM review_tasks t
WHERE t.tenant = $1 AND t.closed_at IS NULL AND ($2::text IS NULL OR t.queue = $2)
ORDER BY t.priority, t.due_at, t.stream_id, t.task_id
LIMIT $3;

-- open_tasks_of_stream --
-- Open tasks of one case or appeal. $1 tenant, $2 stream, $3 now.
SELECT t.stream_id, t.case_id, t.task_id, t.kind, t.subject, t.queue, t.severity, t.tier, t.due_at, t.evidence_version,
  t.evidence_digest, CASE WHEN t.leased_until > $3 THEN t.leased_until END AS leased_until
FROM review_tasks t
WHERE t.tenant = $1 AND t.stream_id = $2 AND t.closed_at IS NULL
ORDER BY t.task_id;

-- without_part --
-- Of these cases, those in which this reviewer (null: nobody) has no part, and whether their evidence is recorded.
-- $1 tenant, $2 cases, $3 reviewer.
SELECT c.case_id, EXISTS (
  SELECT FROM case_events e WHERE e.tenant = $1 AND e.stream_id = c.case_id AND e.kind = 'evidence_captured') AS captured
FROM unnest($2::text[]) AS c (case_id)
WHERE NOT EXISTS (
  SELECT FROM reviewers r
  JOIN case_people p ON p.tenant = $1 AND p.case_id = c.case_id AND p.person <> ''
    AND (p.person = ANY (r.person_keys) OR p.address_key = ANY (r.person_keys))
  WHERE r.tenant = $1 AND r.reviewer_id = $3)
ORDER BY c.case_id;

-- reviewer_keys --
-- By which a reviewer would be recognised among the people of a case. $1 tenant, $2 reviewer.
SELECT person_keys FROM reviewers WHERE tenant = $1 AND reviewer_id = $2;
