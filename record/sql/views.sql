-- unread_streams --
-- Streams with messages unread for too long. $1 tenant, $2 received up to, $3 limit.
SELECT stream_id, count(*) AS unread, min(received_at) AS oldest FROM inbox
WHERE tenant = $1 AND consumed_at IS NULL AND received_at <= $2
GROUP BY stream_id
ORDER BY min(received_at), stream_id
LIMIT $3;

-- case_row --
-- One case's projection. $1 tenant, $2 case.
SELECT case_id, kind, stage, category, queue, rule, jurisdiction, priority, due_at, stuck, legal_hold, opened_at,
  projected_at
FROM cases WHERE tenant = $1 AND case_id = $2;

-- cases_of_workflows --
-- The cases that workflows were started for; a case's own is its. $1 tenant, $2 workflow ids.
SELECT workflow_id, case_id FROM key_scopes WHERE tenant = $1 AND workflow_id = ANY($2::text[]);

-- case_rows --
-- Cases by id. $1 tenant, $2 stage or null, $3 stuck or null, $4 after this case, $5 limit.
SELECT case_id, kind, stage, category, queue, rule, jurisdiction, priority, due_at, stuck, legal_hold, opened_at,
  projected_at
FROM cases
WHERE tenant = $1 AND ($2::text IS NULL OR stage = $2) AND ($3::boolean IS NULL OR stuck = $3) AND case_id > $4
ORDER BY case_id
LIMIT $5;

-- stages --
-- Cases, stuck ones and the nearest deadline by stage. $1 tenant.
SELECT stage, count(*) AS cases, count(*) FILTER (WHERE stuck) AS stuck, min(due_at) AS due_at
FROM cases WHERE tenant = $1
GROUP BY stage
ORDER BY stage;

-- deadlines --
-- The nearest deadlines. $1 tenant, $2 limit.
SELECT case_id, stage, due_at FROM cases
WHERE tenant = $1 AND due_at IS NOT NULL
ORDER BY due_at, case_id
LIMIT $2;

-- queue_lengths --
-- Open tasks by queue. $1 tenant, $2 now.
SELECT queue, count(*) AS open, count(*) FILTER (WHERE due_at < $2) AS overdue
FROM review_tasks WHERE tenant = $1 AND closed_at IS NULL
GROUP BY queue
ORDER BY queue;

-- rates --
-- What happened in a span of time. $1 tenant, $2 since, $3 until.
SELECT
  (SELECT count(*) FROM inbox WHERE tenant = $1 AND received_at >= $2 AND received_at < $3) AS received,
  (SELECT count(*) FROM case_events
   WHERE tenant = $1 AND kind = 'decision_recorded' AND recorded_at >= $2 AND recorded_at < $3) AS decided,
  (SELECT count(*) FROM orders WHERE tenant = $1 AND confirmed_at >= $2 AND confirmed_at < $3) AS confirmed,
  (SELECT count(*) FROM notices WHERE tenant = $1 AND sent_at >= $2 AND sent_at < $3) AS told;

-- flags --
-- What operators must do by hand. $1 tenant.
SELECT stream_id, flag, raised_at FROM case_flags
WHERE tenant = $1 AND cleared_at IS NULL
ORDER BY raised_at, stream_id;

-- inbox_entries --
-- Every acknowledged message, and whether it became an event. $1 tenant.
SELECT i.stream_id, i.number, i.kind, i.received_at, i.consumed_at IS NOT NULL AS consumed, e.event_id IS NOT NULL AS event
FROM inbox i
LEFT JOIN case_events e ON e.tenant = $1 AND e.stream_id = i.stream_id AND e.event_id = 'inbox:' || i.number
WHERE i.tenant = $1
ORDER BY i.stream_id, i.number;

-- orphans --
-- Events of messages that are not there. $1 tenant.
SELECT e.stream_id, e.event_id FROM case_events e
WHERE e.tenant = $1 AND e.event_id LIKE 'inbox:%' AND NOT EXISTS (
  SELECT FROM inbox i WHERE i.tenant = $1 AND i.stream_id = e.stream_id AND 'inbox:' || i.number = e.event_id)
ORDER BY e.stream_id, e.event_id;

-- all_streams --
-- Every stream. $1 tenant.
SELECT stream_id, case_id FROM streams WHERE tenant = $1 ORDER BY stream_id;

-- all_orders --
-- Every order. $1 tenant.
SELECT case_id, order_id, platform_order_id, target_key, target_version, confirmed_version,
  CASE WHEN voided_at IS NOT NULL THEN 'void' WHEN confirmed_at IS NOT NULL THEN 'confirmed'
    WHEN skipped_at IS NOT NULL THEN 'skipped' ELSE 'issued' END AS stage
FROM orders WHERE tenant = $1
ORDER BY case_id, order_id;

-- all_targets --
-- Every target, with the cases that ordered about it. $1 tenant.
SELECT t.target_key, t.kind, t.platform_id, t.confirmed_version AS version,
  (SELECT array_agg(DISTINCT o.case_id ORDER BY o.case_id) FROM orders o
   WHERE o.tenant = $1 AND o.target_key = t.target_key) AS cases,
  (SELECT count(*) FROM orders o
   WHERE o.tenant = $1 AND o.target_key = t.target_key AND o.confirmed_at IS NULL AND o.voided_at IS NULL
     AND o.skipped_at IS NULL) AS open_orders,
  EXISTS (SELECT FROM orders o
   WHERE o.tenant = $1 AND o.target_key = t.target_key AND o.confirmed_how = 'by_hand'
     AND o.target_version > t.confirmed_version) AS by_hand
FROM targets t WHERE t.tenant = $1
ORDER BY t.target_key;

-- measures_not_revoked --
-- Every measure that nothing revoked, over or not. $1 tenant.
SELECT target_key, platform_measure_id AS measure_id, kind, target, since, until, reach FROM measures
WHERE tenant = $1 AND revoked_by IS NULL;

-- all_mails --
-- Every mail; not what was told by another case's mail before this case went its own way. $1 tenant.
SELECT case_id, notice_id, message_id, state FROM notices
WHERE tenant = $1 AND NOT (state = 'sent' AND attempts = 0)
ORDER BY case_id, notice_id, person;

-- all_filings --
-- Every statement. $1 tenant.
SELECT case_id, filing_id, state, uuid FROM filings WHERE tenant = $1 ORDER BY case_id, filing_id;
