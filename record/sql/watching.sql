-- overdue_tasks --
-- Open tasks whose next tier is due, locked. $1 tenant, $2 now, $3 limit.
SELECT stream_id, task_id, queue, tier, due_at FROM review_tasks
WHERE tenant = $1 AND closed_at IS NULL AND escalates_at <= $2
ORDER BY escalates_at LIMIT $3
FOR UPDATE SKIP LOCKED;

-- escalate_task --
-- The next tier has it, and nobody sits on it. $1 tenant, $2 stream, $3 task, $4 tier, $5 when the tier after that, or null.
UPDATE review_tasks SET tier = greatest(tier, $4), escalates_at = $5, assigned_to = NULL, snoozed_until = NULL
WHERE tenant = $1 AND stream_id = $2 AND task_id = $3;

-- open_pages --
-- A page for every open question that pages and has none, and for every order that is given up. $1 tenant, $2 queues that page, $3 now, $4 queues whose
-- severe tasks nobody may take now.
INSERT INTO pages (tenant, page_id, stream_id, task_id, queue, severity, due_at, opened_at, next_at)
SELECT $1, 'page-' || gen_random_uuid(), t.stream_id, t.task_id, t.queue, t.severity, t.due_at, $3, $3
FROM review_tasks t
WHERE t.tenant = $1 AND t.closed_at IS NULL AND (t.kind = 'order' OR t.kind = 'matter' AND (
    t.band = 0 OR t.queue = ANY ($2) OR (t.severity < 2 AND t.queue = ANY ($4))))
  AND NOT EXISTS (
    SELECT FROM pages p
    WHERE p.tenant = $1 AND p.stream_id = t.stream_id AND p.task_id = t.task_id AND p.ended_at IS NULL)
ON CONFLICT DO NOTHING;

-- end_pages --
-- Pages of tasks that are closed end. $1 tenant, $2 now.
UPDATE pages p SET ended_at = $2 FROM review_tasks t
WHERE p.tenant = $1 AND p.ended_at IS NULL AND t.tenant = $1 AND t.stream_id = p.stream_id AND t.task_id = p.task_id
  AND t.closed_at IS NOT NULL;

-- take_pages --
-- Pages to send now, the severest first, tried again at $3 if this comes to nothing. A task that somebody holds is not paged,
-- unless it is late in their hands; nor one that somebody answers for, until their word is $6 old. A time further ahead than
-- any wait ($5) was given by a clock that was wrong. A page that no pager took rises a level for each $7. $1 tenant, $2 now, $3
-- again at, $4 limit, $5 latest again at, $6 answers since, $7 a level's time.
WITH due AS MATERIALIZED (
  SELECT q.page_id, q.acknowledged_at FROM pages q
  JOIN review_tasks t ON t.tenant = $1 AND t.stream_id = q.stream_id AND t.task_id = q.task_id
  WHERE q.tenant = $1 AND q.ended_at IS NULL
    AND (q.acknowledged_at <= $6 OR (q.acknowledged_at IS NULL AND (q.next_at <= $2 OR q.next_at > $5)))
    AND (t.leased_until IS NULL OR t.leased_until <= $2 OR t.due_at <= $2)
  ORDER BY q.severity, q.next_at LIMIT $4
  FOR UPDATE OF q SKIP LOCKED)
UPDATE pages p SET attempts = p.attempts + 1, next_at = $3, acknowledged_at = NULL, acknowledged_by = NULL,
  level = CASE WHEN due.acknowledged_at IS NOT NULL THEN p.level + 1
    WHEN p.sent_at IS NULL THEN greatest(p.level, 1 + floor(extract(epoch FROM $2 - p.opened_at)
      / extract(epoch FROM $7::interval))::integer)
    ELSE p.level END
FROM due
WHERE p.tenant = $1 AND p.page_id = due.page_id
RETURNING p.page_id, p.stream_id, p.task_id, p.queue, p.severity, p.due_at, p.opened_at, p.attempts, p.level;

-- page_sent --
-- The pager took it; unanswered, it is sent again at the next level. $1 tenant, $2 page, $3 now, $4 again at.
UPDATE pages SET sent_at = $3, next_at = $4, level = level + 1 WHERE tenant = $1 AND page_id = $2;

-- case_of_page --
-- The case that a page is about; none for an alarm. $1 tenant, $2 page.
SELECT s.case_id FROM pages p JOIN streams s ON s.tenant = $1 AND s.stream_id = p.stream_id
WHERE p.tenant = $1 AND p.page_id = $2;

-- acknowledge_page --
-- Somebody answers for it. $1 tenant, $2 page, $3 now, $4 by.
UPDATE pages SET acknowledged_at = coalesce(acknowledged_at, $3), acknowledged_by = coalesce(acknowledged_by, $4)
WHERE tenant = $1 AND page_id = $2 AND ended_at IS NULL RETURNING acknowledged_by, acknowledged_at;

-- unanswered_pages --
-- How many calls nobody answers for, and since when the oldest. $1 tenant.
SELECT count(*)::integer AS pages, min(opened_at) AS oldest FROM pages
WHERE tenant = $1 AND ended_at IS NULL AND acknowledged_at IS NULL;

-- open_page_rows --
-- Pages that have not ended, the oldest first. $1 tenant, $2 limit.
SELECT page_id, stream_id, task_id, queue, severity, due_at, opened_at, sent_at, attempts, level, acknowledged_at,
  acknowledged_by
FROM pages WHERE tenant = $1 AND ended_at IS NULL ORDER BY opened_at, page_id LIMIT $2;

-- legal_clocks --
-- The nearest law's clock of each case that has one, the least time left first. $1 tenant, $2 limit.
SELECT case_id, stage, category, queue, legal_clock, legal_source, legal_due_at FROM cases
WHERE tenant = $1 AND legal_due_at IS NOT NULL ORDER BY legal_due_at, case_id LIMIT $2;

-- tasks_by_due_time --
-- Open tasks, the least time left first; how far in per cent. $1 tenant, $2 limit, $3 now.
SELECT t.stream_id, t.task_id, t.queue, t.severity, t.tier, t.opened_at, t.due_at, t.leased_until > $3 AS claimed
FROM review_tasks t WHERE t.tenant = $1 AND t.closed_at IS NULL ORDER BY t.due_at, t.stream_id, t.task_id LIMIT $2;
