-- add_targets --
-- Targets that were never ordered about. $1 tenant, then one array each: $2 targets, $3 kinds, $4 sealed platform ids.
INSERT INTO targets (tenant, target_key, kind, platform_id)
SELECT $1, t.* FROM unnest($2::text[], $3::text[], $4::bytea[]) AS t ON CONFLICT DO NOTHING;

-- lock_targets --
-- Their locks, in one order for all who take several, and the versions of their newest orders. $1 tenant, $2 targets.
SELECT target_key, version FROM targets WHERE tenant = $1 AND target_key = ANY ($2::text[]) ORDER BY target_key FOR UPDATE;

-- orders_known --
-- Which of these were issued before. $1 tenant, $2 case, $3 orders.
SELECT order_id FROM orders WHERE tenant = $1 AND case_id = $2 AND order_id = ANY ($3::text[]);

-- impose_together --
-- Measures come into force on many targets. $1 tenant, $2 case, $3 JSON: measures with their target_key and order_id.
INSERT INTO measures
  (tenant, case_id, target_key, order_id, measure_id, platform_measure_id, target, kind, since, until, reach, scope,
   excerpts, telling, tell_from)
SELECT $1, $2, m.* FROM jsonb_to_recordset($3::jsonb) AS m (
  target_key text, order_id text, measure_id text, platform_measure_id text, target text, kind text, since timestamptz,
  until timestamptz, reach text[], scope text[], excerpts text[], telling text, tell_from timestamptz);

-- revoke_together --
-- Measures of this case go. $1 tenant, $2 case, $3 now, then one array each: $4 measures, $5 orders.
UPDATE measures SET revoked_by = r.order_id, revoked_at = $3
FROM unnest($4::text[], $5::text[]) AS r (measure_id, order_id)
WHERE tenant = $1 AND case_id = $2 AND measures.measure_id = r.measure_id AND revoked_by IS NULL;

-- measures_of_targets --
-- Every measure on these targets that nothing revoked, of all cases. $1 tenant, $2 targets.
SELECT target_key, platform_measure_id AS measure_id, kind, target, since, until, reach, scope, excerpts, telling, tell_from
FROM measures WHERE tenant = $1 AND target_key = ANY ($2::text[]) AND revoked_by IS NULL;

-- issue_together --
-- Orders of many targets, for good, each the next version of its own. $1 tenant, $2 case, $3 now, then one array each: $4
-- orders, $5 their ids at the platform, $6 targets, $7 versions, $8 states, $9 content versions.
WITH o AS (
  SELECT * FROM unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[])
    AS o (order_id, platform_order_id, target_key, version, state, content_version)
), versions AS (
  UPDATE targets t SET version = o.version FROM o WHERE t.tenant = $1 AND t.target_key = o.target_key
)
INSERT INTO orders
  (tenant, case_id, order_id, platform_order_id, target_key, target_version, state, content_version, issued_at)
SELECT $1, $2, order_id, platform_order_id, target_key, version, state, content_version, $3 FROM o;
