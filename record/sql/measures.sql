-- lock_target --
-- The target's lock and the version of its newest order. $1 tenant, $2 target.
SELECT version FROM targets WHERE tenant = $1 AND target_key = $2 FOR UPDATE;

-- add_target --
-- A target that was never ordered about. $1 tenant, $2 target, $3 kind, $4 sealed platform id.
INSERT INTO targets (tenant, target_key, kind, platform_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- target --
-- Which target this is, sealed. $1 tenant, $2 target.
SELECT kind, platform_id FROM targets WHERE tenant = $1 AND target_key = $2;

-- set_target_version --
-- Under the target's lock. $1 tenant, $2 target, $3 version.
UPDATE targets SET version = $3 WHERE tenant = $1 AND target_key = $2;

-- order --
-- An order as it was issued. $1 tenant, $2 case, $3 order.
SELECT platform_order_id, target_version, state, content_version, issued_at, skipped_at, round, confirmed_how,
  confirmed_version FROM orders
WHERE tenant = $1 AND case_id = $2 AND order_id = $3;

-- issue_order --
-- An order, for good. $1 tenant, $2 case, $3 order, $4 its id at the platform, $5 target, $6 version, $7 state, $8 content
-- version, $9 now.
INSERT INTO orders
  (tenant, case_id, order_id, platform_order_id, target_key, target_version, state, content_version, issued_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING platform_order_id, target_version, state, content_version, issued_at, confirmed_how, confirmed_version;

-- issue_order_anew --
-- A skipped order that is taken up again, as `issue_order`, with $10 the round.
UPDATE orders SET platform_order_id = $4, target_key = $5, target_version = $6, state = $7, content_version = $8,
  issued_at = $9, round = $10, skipped_at = NULL, skipped_revokes = '{}'
WHERE tenant = $1 AND case_id = $2 AND order_id = $3
RETURNING platform_order_id, target_version, state, content_version, issued_at, confirmed_how, confirmed_version;

-- newest_order --
-- What was ordered last of a target after this version. $1 tenant, $2 target, $3 version.
SELECT platform_order_id, target_version, state AS measures, content_version, issued_at FROM orders
WHERE tenant = $1 AND target_key = $2 AND target_version > $3 AND skipped_at IS NULL AND voided_at IS NULL
ORDER BY target_version DESC LIMIT 1;

-- impose_measures --
-- Measures come into force. $1 tenant, $2 case, $3 target, $4 order, then one array each: $5 measure ids, $6 their ids at
-- the platform, $7 targets as the case names them, $8 kinds, $9 since, $10 until, $11 reach, $12 scope and $13 excerpts with
-- commas, $14 telling and $15 tell_from.
INSERT INTO measures
  (tenant, case_id, target_key, order_id, measure_id, platform_measure_id, target, kind, since, until, reach, scope,
   excerpts, telling, tell_from)
SELECT $1, $2, $3, $4, m.measure_id, m.platform_measure_id, m.target, m.kind, m.since, m.until,
  coalesce(string_to_array(nullif(m.reach, ''), ','), '{}'), coalesce(string_to_array(nullif(m.scope, ''), ','), '{}'),
  coalesce(string_to_array(nullif(m.excerpts, ''), ','), '{}'), m.telling, m.tell_from
FROM unnest(
  $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[],
  $13::text[], $14::text[], $15::timestamptz[]
) AS m (measure_id, platform_measure_id, target, kind, since, until, reach, scope, excerpts, telling, tell_from)
ON CONFLICT (tenant, case_id, measure_id) DO UPDATE SET revoked_by = NULL, revoked_at = NULL
WHERE measures.revoked_by = 'skipped';

-- revoke_measures --
-- Measures of this case go. $1 tenant, $2 case, $3 measure ids, $4 order, $5 now.
UPDATE measures SET revoked_by = $4, revoked_at = $5
WHERE tenant = $1 AND case_id = $2 AND measure_id = ANY ($3) AND revoked_by IS NULL;

-- retell_measures --
-- Measures of this case, as they may be told now: one array each. $1 tenant, $2 case, $3 measure ids, $4 telling, $5 tell_from.
UPDATE measures SET telling = m.telling, tell_from = m.tell_from
FROM unnest($3::text[], $4::text[], $5::timestamptz[]) AS m (measure_id, telling, tell_from)
WHERE measures.tenant = $1 AND measures.case_id = $2 AND measures.measure_id = m.measure_id;

-- measures_of_target --
-- Every measure on a target that nothing revoked, of all cases. $1 tenant, $2 target.
SELECT platform_measure_id AS measure_id, kind, target, since, until, reach, scope, excerpts, telling, tell_from
FROM measures WHERE tenant = $1 AND target_key = $2 AND revoked_by IS NULL;

-- note_attempt --
-- The order was sent. $1 tenant, $2 case, $3 order, $4 at, $5 error code or null, $6 next try or null.
UPDATE orders SET attempts = attempts + 1, last_attempt_at = $4, last_error = $5, next_try_at = $6
WHERE tenant = $1 AND case_id = $2 AND order_id = $3;

-- note_confirmed --
-- The platform confirmed (migration 0105). $1 tenant, $2 case, $3 order, $4 at, $5 version in force or null, $6 how.
SELECT note_confirmed($1, $2, $3, $4, $5, $6);

-- note_confirmed_together --
-- The platform confirmed these at once; the first confirmation stands. Their targets are locked first, in the order of
-- lock_targets. $1 tenant, $2 case, $3 at, then one array each: $4 orders, $5 versions in force, $6 how.
WITH locked AS MATERIALIZED (
  SELECT t.target_key FROM targets t
  WHERE t.tenant = $1 AND t.target_key IN (
    SELECT o.target_key FROM orders o WHERE o.tenant = $1 AND o.case_id = $2 AND o.order_id = ANY ($4))
  ORDER BY t.target_key FOR UPDATE
), confirmed AS (
  UPDATE orders o SET attempts = attempts + 1, last_attempt_at = $3, last_error = NULL, next_try_at = NULL, confirmed_at = $3,
    confirmed_version = a.version, confirmed_how = a.how
  FROM unnest($4::text[], $5::bigint[], $6::text[]) AS a (order_id, version, how)
  WHERE (SELECT count(*) FROM locked) > 0
    AND o.tenant = $1 AND o.case_id = $2 AND o.order_id = a.order_id AND o.confirmed_at IS NULL AND o.skipped_at IS NULL
  RETURNING o.target_key, a.version
)
UPDATE targets t SET confirmed_version = greatest(t.confirmed_version, c.version) FROM confirmed c
WHERE t.tenant = $1 AND t.target_key = c.target_key;

-- confirmed_version --
-- What the platform confirmed. $1 tenant, $2 case, $3 order.
SELECT confirmed_version FROM orders
WHERE tenant = $1 AND case_id = $2 AND order_id = $3 AND confirmed_at IS NOT NULL;

-- note_skipped --
-- An unanswered order is left out, by an operator or with a reversal. $1 tenant, $2 case, $3 order, $4 at, $5 round: not
-- where it was taken up again since.
UPDATE orders SET skipped_at = $4, round = $5, next_try_at = NULL, skipped_revokes = ARRAY(
  SELECT measure_id FROM measures WHERE tenant = $1 AND case_id = $2 AND revoked_by = $3 ORDER BY measure_id
)
WHERE tenant = $1 AND case_id = $2 AND order_id = $3
  AND confirmed_at IS NULL AND voided_at IS NULL AND skipped_at IS NULL AND round <= $5;

-- leave_out_skipped --
-- The measures of an order that is skipped, as if it had not been issued. $1 tenant, $2 case, $3 order, $4 at.
WITH skipped AS (
  SELECT order_id FROM orders WHERE tenant = $1 AND case_id = $2 AND order_id = $3 AND skipped_at IS NOT NULL
), lifted AS (
  UPDATE measures m SET revoked_by = NULL, revoked_at = NULL FROM skipped
  WHERE m.tenant = $1 AND m.case_id = $2 AND m.revoked_by = skipped.order_id
)
UPDATE measures m SET revoked_by = 'skipped', revoked_at = $4 FROM skipped
WHERE m.tenant = $1 AND m.case_id = $2 AND m.order_id = skipped.order_id AND m.revoked_by IS NULL;

-- note_voided --
-- The platform applied nothing of this order. $1 tenant, $2 case, $3 order, $4 at, $5 how it answered.
WITH voided AS (
  UPDATE orders SET voided_at = $4, confirmed_how = $5 WHERE tenant = $1 AND case_id = $2 AND order_id = $3 AND voided_at IS NULL
)
UPDATE measures SET revoked_by = 'void', revoked_at = $4
WHERE tenant = $1 AND case_id = $2 AND order_id = $3 AND revoked_by IS NULL;

-- unconfirmed_orders --
-- Orders that wait for the platform; see_to_by: of one that is given up. $1 tenant, $2 issued before, or null.
SELECT o.case_id, o.order_id, o.issued_at, o.attempts, o.last_attempt_at, o.last_error, o.next_try_at, t.due_at AS see_to_by
FROM orders o
LEFT JOIN review_tasks t ON t.tenant = $1 AND t.stream_id = o.case_id AND t.task_id = 'order:' || o.order_id AND t.closed_at IS NULL
WHERE o.tenant = $1 AND o.confirmed_at IS NULL AND o.voided_at IS NULL AND o.skipped_at IS NULL
  AND ($2::timestamptz IS NULL OR o.issued_at < $2)
ORDER BY o.issued_at, o.case_id, o.order_id;

-- orders_overtaken --
-- Orders that are given up although the platform confirmed a later state of their target, and whose cases do not know it
-- yet. $1 tenant, $2 limit.
SELECT o.case_id, o.order_id, o.target_version FROM review_tasks t
JOIN orders o ON o.tenant = $1 AND o.case_id = t.stream_id AND 'order:' || o.order_id = t.task_id
JOIN targets g ON g.tenant = $1 AND g.target_key = o.target_key AND g.confirmed_version >= o.target_version
JOIN data_keys k ON k.tenant = $1 AND k.case_id = o.case_id AND k.person = '' AND k.destroyed_at IS NULL
WHERE t.tenant = $1 AND t.kind = 'order' AND t.closed_at IS NULL AND o.voided_at IS NULL AND o.skipped_at IS NULL
  AND o.confirmed_at IS NULL
ORDER BY t.opened_at, o.case_id, o.order_id LIMIT $2;
