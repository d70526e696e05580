-- reveals_of_lease --
-- How far somebody looked under a claim. $1 tenant, $2 lease.
SELECT level, place FROM reveals WHERE tenant = $1 AND lease_id = $2;

-- put_reveal --
-- One step of looking; the same again is none. $1 tenant, $2 lease, $3 level, $4 reviewer, $5 stream, $6 task, $7 severity,
-- $8 area or null, $9 evidence version or null, $10 now, $11 which attachment, 0: the words.
INSERT INTO reveals (tenant, lease_id, level, reviewer, stream_id, task_id, severity, area, evidence_version, at, place)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING;

-- put_opt_outs --
-- Areas a reviewer is not shown from now on. $1 tenant, $2 reviewer, $3 areas, $4 now.
INSERT INTO opt_outs (tenant, reviewer, areas, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, reviewer) DO UPDATE SET areas = excluded.areas, changed_at = excluded.changed_at;

-- people_at_work --
-- Who may be expected to take tasks: the register, and where none is kept whoever took one since. $1 tenant, $2 since.
SELECT reviewer_id AS reviewer FROM reviewers WHERE tenant = $1 AND registered
UNION
SELECT l.reviewer FROM leases l
WHERE l.tenant = $1 AND l.claimed_at >= $2 AND NOT EXISTS (SELECT FROM reviewers r WHERE r.tenant = $1 AND r.registered)
ORDER BY reviewer;

-- severe_waiting --
-- What is severe, or pages, open and in nobody's hands, by who could take it. $1 tenant, $2 queues that page, $3 now.
SELECT t.queue, t.severity, t.area, t.language, t.tier, count(*)::integer AS tasks, min(t.due_at) AS due_at
FROM review_tasks t
WHERE t.tenant = $1 AND t.closed_at IS NULL AND t.kind <> 'order' AND (t.band < 2 OR t.queue = ANY ($2))
  AND (t.severity < 2 OR t.queue = ANY ($2))
  AND (t.leased_until IS NULL OR t.leased_until <= $3)
GROUP BY t.queue, t.severity, t.area, t.language, t.tier
ORDER BY t.severity, min(t.due_at), t.queue;

-- taken_despite_limits --
-- Claims in spite of limits since, the newest first. $1 tenant, $2 since.
SELECT reviewer, stream_id, task_id, claimed_at FROM leases
WHERE tenant = $1 AND despite_limits AND claimed_at >= $2 ORDER BY claimed_at DESC LIMIT 100;
