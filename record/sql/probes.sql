-- probe_of_stream --
-- The probe that is asked under this name. $1 tenant, $2 stream.
SELECT * FROM probes WHERE tenant = $1 AND stream_id = $2 AND NOT passed_over;

-- place_probe --
-- A question that checks, as it will be counted. $1 tenant, $2 stream, $3 purpose, $4 case, $5 matter, $6 later by seconds, $7
-- queue, $8 area, $9 language, $10 rule, $11 expected, $12 golden item, $13 exercise, $14 first by, $15 decision, $16 now, $17
-- due, $18 whether it is passed over, $19 the case's last event by then.
INSERT INTO probes (tenant, stream_id, purpose, case_id, matter_id, later_seconds, queue, area, language, rule_id, expected,
  golden_id, exercise_id, first_by, decision_id, opened_at, due_at, passed_over, checked_sequence)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
ON CONFLICT DO NOTHING
RETURNING stream_id;

-- offer_probe --
-- Its task, as any other's. $1 tenant, $2 stream, $3 task, $4 case, $5 queue, $6 severity, $7 due, $8 evidence version, $9
-- evidence digest, $10 who may not, $11 now, $12 area, $13 language, $14 jurisdiction, $15 band, $16 rank, $17 for whom or null.
INSERT INTO review_tasks (tenant, stream_id, task_id, case_id, kind, subject, queue, severity, priority, due_at, tier,
  evidence_version, evidence_digest, excluded, opened_at, area, language, jurisdiction, band, rank_at, assigned_to)
VALUES ($1, $2, $3, $4, 'matter', $3, $5, $6::smallint, $6::smallint + 1, $7, 1, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);

-- answered_unchecked --
-- Matters that people answered since, of queues with a share of double reviews, drawn by a secret. $1 tenant, $2 since, $3
-- queues, $4 shares, $5 secret.
SELECT t.case_id, t.task_id, t.queue FROM review_tasks t
WHERE t.tenant = $1 AND t.closed_at >= $2 AND t.kind = 'matter' AND t.stream_id = t.case_id AND t.severity > 0
  AND t.queue = ANY ($3)
  AND ('x' || substr(encode(sha256($5::bytea || convert_to(t.case_id || t.task_id, 'UTF8')), 'hex'), 1, 8))::bit(32)::bigint
    < 4294967296 * ($4::float8[])[array_position($3, t.queue)]
  AND NOT EXISTS (
    SELECT FROM probes p
    WHERE p.tenant = $1 AND p.case_id = t.case_id AND p.matter_id = t.task_id AND p.purpose = 'double')
ORDER BY t.closed_at LIMIT 20;

-- golden_due --
-- Of queues where so much was answered since the last golden item that another is due, the ten that were used least. None
-- while one is open, or while the queue is late (P12). $1 tenant, $2 queues, $3 answers between two, $4 now.
SELECT * FROM (SELECT g.*, row_number() OVER (
  PARTITION BY g.queue
  ORDER BY (SELECT count(*) FROM probes p WHERE p.tenant = $1 AND p.golden_id = g.golden_id), g.added_at, g.golden_id) AS place
FROM golden_items g
CROSS JOIN LATERAL (
  SELECT coalesce(max(p.opened_at), '-infinity') AS last FROM probes p
  WHERE p.tenant = $1 AND p.queue = g.queue AND p.purpose = 'golden') AS used
WHERE g.tenant = $1 AND g.queue = ANY ($2) AND g.retired_at IS NULL
  AND NOT EXISTS (
    SELECT FROM probes p
    WHERE p.tenant = $1 AND p.queue = g.queue AND p.purpose = 'golden' AND p.answered_at IS NULL AND p.withdrawn_at IS NULL
      AND NOT p.passed_over)
  AND NOT EXISTS (
    SELECT FROM review_tasks t WHERE t.tenant = $1 AND t.queue = g.queue AND t.closed_at IS NULL AND t.due_at <= $4)
  AND (
    SELECT count(*) FROM review_tasks t
    WHERE t.tenant = $1 AND t.queue = g.queue AND t.kind = 'matter' AND t.stream_id = t.case_id
      AND t.closed_at > greatest(used.last, g.added_at)) >= ($3::integer[])[array_position($2, g.queue)]) AS due
WHERE place <= 10 ORDER BY queue, place;

-- judged_case --
-- Who knows this case already: they decided in it, saw a probe of it, or hold a task of it. $1 tenant, $2 case, $3 now.
SELECT reviewer FROM case_deciders WHERE tenant = $1 AND case_id = $2
UNION
SELECT reviewer FROM probes WHERE tenant = $1 AND case_id = $2 AND reviewer IS NOT NULL
UNION
SELECT l.reviewer FROM streams s JOIN leases l ON l.tenant = $1 AND l.stream_id = s.stream_id AND l.released_at IS NULL
WHERE s.tenant = $1 AND s.case_id = $2 AND l.expires_at > $3
ORDER BY reviewer;

-- left_for_appeals --
-- Of the register, who could still hear an appeal of this case if these saw it too; how many are known at all; and when anybody
-- was last told of it. $1 tenant, $2 case, $3 who would see it.
SELECT count(*)::integer AS known,
  count(*) FILTER (WHERE r.reviewer_id <> ALL ($3::text[]) AND NOT EXISTS (
    SELECT FROM case_deciders d WHERE d.tenant = $1 AND d.case_id = $2 AND d.reviewer = r.reviewer_id))::integer AS unaware,
  (SELECT max(n.sent_at) FROM notices n WHERE n.tenant = $1 AND n.case_id = $2 AND n.state = 'sent') AS last_told
FROM reviewers r WHERE r.tenant = $1 AND r.registered;

-- answer_probe --
-- An answer, the first or one that replaces it: whoever judged it looked at the one of then. $1 tenant, $2 stream, $3 reviewer,
-- $4 outcome, $5 the answer whole, $6 now, $7 when it was answered before, or null.
UPDATE probes SET reviewer = $3, outcome = $4, answer = $5::jsonb, answered_at = $6
WHERE tenant = $1 AND stream_id = $2 AND withdrawn_at IS NULL AND answered_at IS NOT DISTINCT FROM $7::timestamptz
RETURNING stream_id;

-- probes_of_grown_cases --
-- Open ones whose case went on since it was found fit for them. $1 tenant.
SELECT p.stream_id FROM probes p JOIN streams s ON s.tenant = $1 AND s.stream_id = p.case_id
WHERE p.tenant = $1 AND p.answered_at IS NULL AND p.withdrawn_at IS NULL AND NOT p.passed_over
  AND s.event_sequence > p.checked_sequence;

-- probe_checked --
-- Its case was found fit for it up to this event. $1 tenant, $2 stream, $3 sequence.
UPDATE probes SET checked_sequence = $3 WHERE tenant = $1 AND stream_id = $2;

-- withdraw_probe --
-- It is asked no more. $1 tenant, $2 stream, $3 now.
UPDATE probes SET withdrawn_at = $3 WHERE tenant = $1 AND stream_id = $2 AND answered_at IS NULL AND withdrawn_at IS NULL;

-- reopen_probe --
-- An answer is taken back within its grace. $1 tenant, $2 stream.
WITH taken_back AS (
  UPDATE probes SET reviewer = NULL, outcome = NULL, answer = NULL, answered_at = NULL
  WHERE tenant = $1 AND stream_id = $2 AND withdrawn_at IS NULL RETURNING stream_id
)
UPDATE review_tasks t SET closed_at = NULL FROM taken_back b WHERE t.tenant = $1 AND t.stream_id = b.stream_id;

-- close_probe --
-- Its task is over, and with it whatever lease there is. $1 tenant, $2 stream, $3 now.
WITH closed AS (
  UPDATE review_tasks SET closed_at = $3, leased_until = NULL
  WHERE tenant = $1 AND stream_id = $2 AND closed_at IS NULL
)
UPDATE leases SET released_at = least(expires_at, $3) WHERE tenant = $1 AND stream_id = $2 AND released_at IS NULL;

-- judged --
-- Who answered knows the case from now on: a second look at it or its appeal is another person's (P5). $1 tenant, $2 case, $3
-- reviewer.
INSERT INTO case_deciders (tenant, case_id, reviewer) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- withdraw_probes --
-- What nobody answered in time is asked no more. $1 tenant, $2 now.
UPDATE probes SET withdrawn_at = $2
WHERE tenant = $1 AND answered_at IS NULL AND withdrawn_at IS NULL AND due_at <= $2
RETURNING stream_id;

-- probes_answered --
-- Answers since, the newest first. $1 tenant, $2 since, $3 limit.
SELECT * FROM probes WHERE tenant = $1 AND answered_at >= $2 ORDER BY answered_at DESC, stream_id LIMIT $3;

-- disagreements --
-- Double reviews that came to another answer and that no lead has settled, the oldest first. $1 tenant, $2 limit.
SELECT * FROM probes
WHERE tenant = $1 AND purpose = 'double' AND answered_at IS NOT NULL AND outcome <> expected AND settled_at IS NULL
ORDER BY answered_at, stream_id LIMIT $2;

-- settle_probe --
-- A lead says which answer was right. $1 tenant, $2 stream, $3 outcome, $4 by, $5 now, $6 reason's text.
UPDATE probes SET settled_outcome = $3, settled_by = $4, settled_at = $5, settled_reason_id = $6
WHERE tenant = $1 AND stream_id = $2 AND purpose = 'double' AND answered_at IS NOT NULL AND outcome <> expected
  AND (settled_at IS NULL OR (settled_by = $4 AND settled_reason_id = $6))
RETURNING stream_id;

-- put_golden --
-- A known answer. $1 tenant, $2 id, $3 case, $4 matter, $5 queue, $6 area, $7 outcome, $8 reason's text, $9 by, $10 now.
INSERT INTO golden_items (tenant, golden_id, case_id, matter_id, queue, area, outcome, reason_id, added_by, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
RETURNING golden_id;

-- golden_item --
-- One of them. $1 tenant, $2 id.
SELECT * FROM golden_items WHERE tenant = $1 AND golden_id = $2;

-- golden_items --
-- Known answers, and how often each was asked. $1 tenant.
SELECT g.*, (
    SELECT count(*)::integer FROM probes p WHERE p.tenant = $1 AND p.golden_id = g.golden_id AND p.answered_at IS NOT NULL
  ) AS answers
FROM golden_items g WHERE g.tenant = $1 ORDER BY g.added_at, g.golden_id;

-- retire_golden --
-- It is asked no more. $1 tenant, $2 id, $3 by, $4 now.
UPDATE golden_items SET retired_by = $3, retired_at = $4 WHERE tenant = $1 AND golden_id = $2 AND retired_at IS NULL
RETURNING golden_id;

-- retire_golden_of --
-- Those of a case are asked no more. $1 tenant, $2 case, $3 by, $4 now.
UPDATE golden_items SET retired_by = $3, retired_at = $4 WHERE tenant = $1 AND case_id = $2 AND retired_at IS NULL;

-- put_exercise --
-- A set that several people judge. $1 tenant, $2 id, $3 by, $4 now, $5 due, $6 digest.
INSERT INTO exercises (tenant, exercise_id, opened_by, opened_at, due_at, digest) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING exercise_id;

-- exercise --
-- One of them. $1 tenant, $2 id.
SELECT * FROM exercises WHERE tenant = $1 AND exercise_id = $2;

-- probes_of_exercise --
-- What was asked in it. $1 tenant, $2 exercise.
SELECT * FROM probes WHERE tenant = $1 AND exercise_id = $2 ORDER BY golden_id, stream_id;

-- put_quality_read --
-- Somebody read figures about people. $1 tenant, $2 now, $3 by, $4 what.
INSERT INTO quality_reads (tenant, at, by, what) VALUES ($1, $2, $3, $4);

-- quality_reads --
-- Who read figures about people since, the latest first. $1 tenant, $2 since, $3 limit.
SELECT at, by, what FROM quality_reads WHERE tenant = $1 AND at >= $2 ORDER BY at DESC, by LIMIT $3;
