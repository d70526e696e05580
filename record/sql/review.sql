-- claim_next --
-- The first open task this reviewer may take, leased (migrations 0046, 0056 and 0099 explain how). $1 tenant, $2 reviewer, $3 queue or null,
-- $4 queues barred, $5 areas opted out of, $6 languages or null, $7 tier, $8 tiered queues, $9 at once or null, $10 capped
-- queues, $11 their caps, $12 lease, $13 now, $14 until, $15 severities they looked at enough, $16 how many they held
-- when that was judged.
SELECT * FROM claim_next($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- one_claim_at_a_time --
-- Claims of one reviewer come one after the other, as in claim_next: each counts those before it. $1 tenant, $2 reviewer.
SELECT pg_advisory_xact_lock(hashtextextended('claims of ' || $1 || '/' || $2, 0));

-- claims_in_turn --
-- Likewise claims in one queue. $1 tenant, $2 queue.
SELECT pg_advisory_xact_lock(hashtextextended('claims in ' || $1 || '/' || $2, 0));

-- claimed_of_queue --
-- How many of its open tasks are claimed. $1 tenant, $2 queue, $3 now.
SELECT count(*)::integer FROM leases l
JOIN review_tasks t ON t.tenant = $1 AND t.stream_id = l.stream_id AND t.task_id = l.task_id
WHERE l.tenant = $1 AND l.released_at IS NULL AND l.expires_at > $3 AND t.queue = $2;

-- named_task --
-- One open task, locked, and what speaks against this reviewer. $1 tenant, $2 reviewer, $3 stream or null, $4 task.
SELECT t.*,
  $2 = ANY (t.excluded) AS is_excluded,
  in_conflict($1, $2, t.case_id, t.area) AS in_conflict,
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
-- A task is claimed, under its lock. $1 tenant, $2 stream, $3 task, $4 lease, $5 reviewer, $6 now, $7 until, $8 whether in
-- spite of limits.
WITH leased AS (
  UPDATE review_tasks SET leased_until = $7 WHERE tenant = $1 AND stream_id = $2 AND task_id = $3
)
INSERT INTO leases (tenant, lease_id, stream_id, task_id, reviewer, claimed_at, expires_at, despite_limits)
VALUES ($1, $4, $2, $3, $5, $6, $7, $8);

-- leases_given_up --
-- Of these leases, those that ended before this time although their task is open: a token given with them proves no claim.
-- Of a task that is closed the case itself says what became of it, to whoever sends a decision again as well.
-- $1 tenant, $2 leases, $3 at.
SELECT l.lease_id FROM leases l
JOIN review_tasks t ON t.tenant = $1 AND t.stream_id = l.stream_id AND t.task_id = l.task_id
WHERE l.tenant = $1 AND l.lease_id = ANY ($2) AND l.released_at <= $3 AND t.closed_at IS NULL;

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
RETURNING t.*;

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
  t.evidence_digest, CASE WHEN t.leased_until > $4 THEN t.leased_until END AS leased_until, t.area, t.language,
  t.jurisdiction, t.rank_at, t.assigned_to, CASE WHEN t.snoozed_until > $4 THEN t.snoozed_until END AS snoozed_until,
  t.boosted_at
FROM review_tasks t
WHERE t.tenant = $1 AND t.closed_at IS NULL AND ($2::text IS NULL OR t.queue = $2)
ORDER BY t.band, t.rank_at, t.due_at, t.stream_id, t.task_id
LIMIT $3;

-- open_tasks_of_stream --
-- Open tasks of one case or appeal. $1 tenant, $2 stream, $3 now.
SELECT t.stream_id, t.case_id, t.task_id, t.kind, t.subject, t.queue, t.severity, t.tier, t.due_at, t.evidence_version,
  t.evidence_digest, CASE WHEN t.leased_until > $3 THEN t.leased_until END AS leased_until, t.area, t.language,
  t.jurisdiction, t.rank_at, t.assigned_to, CASE WHEN t.snoozed_until > $3 THEN t.snoozed_until END AS snoozed_until,
  t.boosted_at
FROM review_tasks t
WHERE t.tenant = $1 AND t.stream_id = $2 AND t.closed_at IS NULL
ORDER BY t.task_id;

-- without_part --
-- Of these cases, those in which this reviewer (null: nobody) has no part, and whether their evidence is recorded.
-- $1 tenant, $2 cases, $3 reviewer, $4 whether who judged in it has a part in a case.
SELECT c.case_id, EXISTS (
  SELECT FROM case_events e WHERE e.tenant = $1 AND e.stream_id = c.case_id AND e.kind = 'evidence_captured') AS captured
FROM unnest($2::text[]) AS c (case_id)
WHERE $3::text IS NULL OR NOT (
  in_conflict($1, $3, c.case_id, NULL)
  OR $4 AND EXISTS (SELECT FROM case_deciders d WHERE d.tenant = $1 AND d.case_id = c.case_id AND d.reviewer = $3))
ORDER BY c.case_id;

-- reviewer_keys --
-- By which a reviewer would be recognised among the people of a case. $1 tenant, $2 reviewer.
SELECT person_keys FROM reviewers WHERE tenant = $1 AND reviewer_id = $2;

-- task_to_change --
-- One open task, locked, and how often it was passed over. $1 tenant, $2 stream, $3 task.
SELECT t.*, cardinality(t.skipped_by) AS skips FROM review_tasks t
WHERE t.tenant = $1 AND t.stream_id = $2 AND t.task_id = $3 AND t.closed_at IS NULL
FOR UPDATE OF t;

-- holder_of_task --
-- Who holds it; asked once it is locked, or the answer would be from before the lock. $1 tenant, $2 stream, $3 task, $4 now.
SELECT reviewer FROM leases
WHERE tenant = $1 AND stream_id = $2 AND task_id = $3 AND released_at IS NULL AND expires_at > $4;

-- change_task --
-- What people said of an open task, under its lock. $1 tenant, $2 stream, $3 task, $4 queue it was moved to or null, $5 person
-- it was given to or null, $6 snoozed until or null, $7 boosted at or null, $8 who passed it over, $9 whether it is free again.
UPDATE review_tasks SET
  queue = coalesce($4, queue), moved_to = coalesce($4, moved_to), assigned_to = $5, snoozed_until = $6, boosted_at = $7,
  band = CASE WHEN $7::timestamptz IS NULL THEN band ELSE least(band, 1) END, rank_at = least(rank_at, $7), skipped_by = $8,
  leased_until = CASE WHEN $9 THEN NULL ELSE leased_until END
WHERE tenant = $1 AND stream_id = $2 AND task_id = $3;

-- put_task_change --
-- What was done to a task, kept. $1 tenant, $2 id, $3 stream, $4 task, $5 action, $6 by, $7 at, $8 reason's text or null,
-- $9 until or null, $10 queue or null, $11 reviewer or null, $12 tier or null, $13 digest.
INSERT INTO task_changes
  (tenant, change_id, stream_id, task_id, action, by, at, reason_id, until, to_queue, to_reviewer, tier, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- task_change --
-- One of them. $1 tenant, $2 id.
SELECT digest FROM task_changes WHERE tenant = $1 AND change_id = $2;

-- changes_of_task --
-- What was done to a task, oldest first. $1 tenant, $2 stream, $3 task.
SELECT change_id, action, by, at, reason_id, until, to_queue, to_reviewer, tier FROM task_changes
WHERE tenant = $1 AND stream_id = $2 AND task_id = $3 ORDER BY at, change_id;

-- done_since --
-- How often somebody did something to tasks since. $1 tenant, $2 by, $3 action, $4 since.
SELECT count(*)::integer FROM task_changes WHERE tenant = $1 AND by = $2 AND action = $3 AND at >= $4;

-- part_in_case --
-- What speaks against somebody taking a task: its list, or their part in the case. $1 tenant, $2 reviewer, $3 stream, $4 task.
SELECT $2 = ANY (t.excluded) AS is_excluded,
  in_conflict($1, $2, t.case_id, t.area) AS in_conflict,
  t.kind <> 'matter' AND EXISTS (
    SELECT FROM case_deciders d WHERE d.tenant = $1 AND d.case_id = t.case_id AND d.reviewer = $2) AS decided_before
FROM review_tasks t WHERE t.tenant = $1 AND t.stream_id = $3 AND t.task_id = $4;
