-- cases_of_author --
-- Other cases about what this person made, newest first. $1 tenant, $2 person, $3 not this case, $4 limit.
SELECT c.case_id, c.kind, c.stage, c.category, c.opened_at FROM cases c
WHERE c.tenant = $1 AND c.case_id <> $3 AND EXISTS (
  SELECT FROM case_people p WHERE p.tenant = $1 AND p.case_id = c.case_id AND p.role = 'author' AND p.person = $2)
ORDER BY c.opened_at DESC, c.case_id
LIMIT $4;

-- measures_on_account --
-- What ever lay on this account, newest first. $1 tenant, $2 target, $3 limit.
SELECT kind, since, until, revoked_at FROM measures
WHERE tenant = $1 AND target_key = $2 AND revoked_by IS DISTINCT FROM 'void'
ORDER BY since DESC, measure_id
LIMIT $3;

-- verdict_events --
-- Events of some kinds in some streams, in order. $1 tenant, $2 streams, $3 kinds, $4 limit.
SELECT stream_id, sequence, event_id, occurred_at, recorded_at, body FROM case_events
WHERE tenant = $1 AND stream_id = ANY ($2) AND kind = ANY ($3)
ORDER BY stream_id, sequence
LIMIT $4;

-- recent_events --
-- Events of some kinds in a span of time, newest first. $1 tenant, $2 kinds, $3 since, $4 limit.
SELECT stream_id, sequence, event_id, occurred_at, recorded_at, body FROM case_events
WHERE tenant = $1 AND kind = ANY ($2) AND recorded_at >= $3
ORDER BY recorded_at DESC
LIMIT $4;

-- open_by_due_hour --
-- Open tasks by the hour in which they are due, what is late in hour -1. $1 tenant, $2 now, $3 hours looked ahead.
SELECT CASE WHEN due_at < $2 THEN -1 ELSE floor(extract(epoch FROM due_at - $2) / 3600)::int END AS hour, count(*) AS tasks
FROM review_tasks
WHERE tenant = $1 AND closed_at IS NULL AND due_at < $2 + $3 * interval '1 hour'
GROUP BY hour
ORDER BY hour;

-- answered_within --
-- How long tasks stood open that were answered since. $1 tenant, $2 since, $3 limit.
SELECT queue, extract(epoch FROM closed_at - opened_at)::float8 AS seconds, closed_at <= due_at AS in_time FROM review_tasks
WHERE tenant = $1 AND closed_at >= $2
ORDER BY closed_at DESC
LIMIT $3;

-- soonest_tasks --
-- Open tasks by time left, those of the law's clocks among them. $1 tenant, $2 limit, $3 now.
SELECT t.stream_id, t.case_id, t.task_id, t.kind, t.subject, t.queue, t.severity, t.tier, t.due_at, t.evidence_version,
  t.evidence_digest, CASE WHEN t.leased_until > $3 THEN t.leased_until END AS leased_until
FROM review_tasks t
WHERE t.tenant = $1 AND t.closed_at IS NULL
ORDER BY t.due_at, t.priority, t.stream_id, t.task_id
LIMIT $2;

-- appeal_content --
-- One message as it came, sealed. $1 tenant, $2 stream, $3 message.
SELECT message_id, content, personal FROM inbox WHERE tenant = $1 AND stream_id = $2 AND message_id = $3;

-- reports_said --
-- Reports, notices and requests of a case as they came, sealed, the newest first. $1 tenant, $2 case, $3 until or null,
-- $4 limit.
SELECT message_id, content, personal FROM inbox
WHERE tenant = $1 AND stream_id = $2 AND kind IN ('report', 'notice', 'take_it_down')
  AND ($3::timestamptz IS NULL OR received_at <= $3)
ORDER BY number DESC
LIMIT $4;

-- held_tasks --
-- Open tasks that this reviewer holds now. $1 tenant, $2 reviewer, $3 now.
SELECT t.stream_id, t.case_id, t.task_id, t.kind, t.subject, t.queue, t.severity, t.tier, t.due_at, t.evidence_version,
  t.evidence_digest, l.expires_at AS leased_until
FROM leases l JOIN review_tasks t ON t.tenant = $1 AND t.stream_id = l.stream_id AND t.task_id = l.task_id
WHERE l.tenant = $1 AND l.reviewer = $2 AND l.released_at IS NULL AND l.expires_at > $3 AND t.closed_at IS NULL
ORDER BY t.due_at, t.stream_id, t.task_id;
