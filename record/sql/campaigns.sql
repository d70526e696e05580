-- open_campaign --
-- A campaign, once. $1 tenant, $2 case, $3 now.
INSERT INTO campaigns (tenant, case_id, opened_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- lock_campaign --
-- Until when late members join, under the campaign's lock. $1 tenant, $2 case.
SELECT late_until FROM campaigns WHERE tenant = $1 AND case_id = $2 FOR UPDATE;

-- campaign_size --
-- How many take part. $1 tenant, $2 case.
SELECT members FROM campaigns WHERE tenant = $1 AND case_id = $2;

-- grow_campaign --
-- So many more take part: how many now, and whether its case is to hear of it: each time they have doubled since the sample was
-- drawn, and of all who join after the decision. $1 tenant, $2 case, $3 more.
UPDATE campaigns SET members = members + $3, asked_at_members = CASE
  WHEN late_until IS NULL AND drawn > 0 AND members + $3 >= 2 * greatest(drawn, asked_at_members) THEN members + $3
  ELSE asked_at_members END
WHERE tenant = $1 AND case_id = $2
RETURNING members, $3 > 0 AND (late_until IS NOT NULL OR asked_at_members = members) AS news;

-- close_campaign --
-- Until when members who join are carried out under its decision. $1 tenant, $2 case, $3 until.
UPDATE campaigns SET late_until = $3 WHERE tenant = $1 AND case_id = $2;

-- note_drawn --
-- Of how many members the sample was drawn. $1 tenant, $2 case, $3 members.
UPDATE campaigns SET drawn = $3 WHERE tenant = $1 AND case_id = $2;

-- join_members --
-- Members, each once; how many are new. $1 tenant, $2 case, $3 now, then one array each: $4 keys, $5 kinds, $6 sealed names,
-- $7 account keys, $8 people, $9 content versions, $10 first seen.
WITH joined AS (
  INSERT INTO campaign_members
    (tenant, case_id, member_key, kind, named, account_key, person, content_version, first_seen, joined_at)
  SELECT $1, $2, m.*, $3
  FROM unnest($4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::text[], $10::timestamptz[])
    AS m (member_key, kind, named, account_key, person, content_version, first_seen)
  ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT count(*) FROM joined;

-- member_keys --
-- Who takes part, by key. $1 tenant, $2 case.
SELECT member_key FROM campaign_members WHERE tenant = $1 AND case_id = $2 AND split_at IS NULL ORDER BY member_key;

-- members_named --
-- These members. $1 tenant, $2 case, $3 keys.
SELECT member_key, kind, named, account_key, person, content_version,
  split_at IS NOT NULL AS split
FROM campaign_members
WHERE tenant = $1 AND case_id = $2 AND member_key = ANY ($3)
ORDER BY member_key;

-- note_sample --
-- What was drawn, in the place of what was drawn before. $1 tenant, $2 case, $3 keys, $4 content versions as captured.
WITH undrawn AS (
  UPDATE campaign_members SET sampled = false
  WHERE tenant = $1 AND case_id = $2 AND sampled AND member_key <> ALL ($3::text[])
)
UPDATE campaign_members m SET sampled = true, content_version = s.content_version
FROM unnest($3::text[], $4::text[]) AS s (member_key, content_version)
WHERE m.tenant = $1 AND m.case_id = $2 AND m.member_key = s.member_key;

-- begin_batch --
-- An order's batch begins, once. $1 tenant, $2 case, $3 order, $4 target, $5 workflow, $6 now.
INSERT INTO campaign_batches (tenant, case_id, order_id, target, workflow_id, begun_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING;

-- stop_batches --
-- What these impose is taken back: they go no further. $1 tenant, $2 case, $3 orders, $4 now.
UPDATE campaign_batches SET stopped_at = $4
WHERE tenant = $1 AND case_id = $2 AND order_id = ANY ($3) AND stopped_at IS NULL AND ended_at IS NULL;

-- end_batch --
-- Nothing of it is left to do. $1 tenant, $2 case, $3 order, $4 now.
UPDATE campaign_batches SET ended_at = $4 WHERE tenant = $1 AND case_id = $2 AND order_id = $3 AND ended_at IS NULL;

-- batch_gate --
-- Whether a batch may go on. before: an earlier one on the same target has not ended. $1 tenant, $2 case, $3 order.
SELECT b.stopped_at IS NOT NULL AS stopped, c.paused_at IS NOT NULL AS paused, EXISTS (
  SELECT FROM campaign_batches e
  WHERE e.tenant = $1 AND e.case_id = $2 AND e.target = b.target AND e.order_id <> b.order_id AND e.ended_at IS NULL
    AND e.begun_at < b.begun_at) AS before
FROM campaign_batches b JOIN campaigns c ON c.tenant = $1 AND c.case_id = $2
WHERE b.tenant = $1 AND b.case_id = $2 AND b.order_id = $3;

-- members_to_restrict --
-- The next members of whom this order is not confirmed, and on whom no other imposed the same. $1 tenant, $2 case, $3 order,
-- $4 limit, $5 after this key, $6 measure.
SELECT m.member_key AS target_key, m.member_key, m.kind, m.named, m.account_key, m.person, m.content_version
FROM campaign_members m
LEFT JOIN orders o ON o.tenant = $1 AND o.case_id = $2 AND o.order_id = $3 || '@' || m.member_key
WHERE m.tenant = $1 AND m.case_id = $2 AND m.split_at IS NULL AND o.confirmed_at IS NULL AND o.voided_at IS NULL
  AND m.member_key > $5 AND NOT EXISTS (
    SELECT FROM measures x
    WHERE x.tenant = $1 AND x.case_id = $2 AND x.measure_id = $6 || '@' || m.member_key
      AND x.order_id <> $3 || '@' || m.member_key)
ORDER BY m.member_key
LIMIT $4;

-- accounts_to_restrict --
-- The next accounts of whom this order is not confirmed, and on which no other imposed the same, each by one of its contents.
-- $1 tenant, $2 case, $3 order, $4 limit, $5 after this key, $6 measure.
SELECT DISTINCT ON (m.account_key)
  m.account_key AS target_key, m.member_key, m.kind, m.named, m.account_key, m.person, NULL AS content_version
FROM campaign_members m
LEFT JOIN orders o ON o.tenant = $1 AND o.case_id = $2 AND o.order_id = $3 || '@' || m.account_key
WHERE m.tenant = $1 AND m.case_id = $2 AND m.split_at IS NULL AND m.account_key IS NOT NULL
  AND o.confirmed_at IS NULL AND o.voided_at IS NULL AND m.account_key > $5 AND NOT EXISTS (
    SELECT FROM measures x
    WHERE x.tenant = $1 AND x.case_id = $2 AND x.measure_id = $6 || '@' || m.account_key
      AND x.order_id <> $3 || '@' || m.account_key)
ORDER BY m.account_key, m.member_key
LIMIT $4;

-- members_to_free --
-- The next targets on which these measures lie, or whose lifting the platform has not confirmed. Whoever split off keeps what
-- their own case decided. $1 tenant, $2 case, $3 order, $4 measures, $5 target as the case names it, $6 limit, $7 after this key.
SELECT DISTINCT ON (t.target_key)
  t.target_key, m.member_key, m.kind, m.named, m.account_key, m.person, NULL AS content_version
FROM (
  SELECT x.target_key FROM measures x
  WHERE x.tenant = $1 AND x.case_id = $2 AND x.target = $5 AND x.revoked_by IS NULL
    AND split_part(x.measure_id, '@', 1) = ANY ($4)
  UNION
  SELECT o.target_key FROM orders o
  WHERE o.tenant = $1 AND o.case_id = $2 AND split_part(o.order_id, '@', 1) = $3 AND o.confirmed_at IS NULL
    AND o.voided_at IS NULL
) AS t
JOIN campaign_members m ON m.tenant = $1 AND m.case_id = $2
  AND t.target_key = CASE $5 WHEN 'author' THEN m.account_key ELSE m.member_key END
WHERE t.target_key > $7
ORDER BY t.target_key, m.member_key
LIMIT $6;

-- still_members --
-- Under their locks, which of these take part still. $1 tenant, $2 case, $3 members.
SELECT member_key FROM campaign_members
WHERE tenant = $1 AND case_id = $2 AND member_key = ANY ($3::text[]) AND split_at IS NULL
ORDER BY member_key FOR SHARE;

-- campaign_of_member --
-- The newest campaign a subject takes part in, or did before it split off. $1 tenant, $2 member.
SELECT case_id FROM campaign_members WHERE tenant = $1 AND member_key = $2
ORDER BY joined_at DESC LIMIT 1;

-- members_open_matters --
-- Own cases of members with an undecided matter of this area, where the campaign's order on the member or its account was
-- confirmed, and none was void. $1 tenant, $2 case, $3 area.
WITH reached AS (
  SELECT o.target_key, bool_and(o.voided_at IS NULL) AS stands FROM orders o
  WHERE o.tenant = $1 AND o.case_id = $2 AND (o.confirmed_at IS NOT NULL OR o.voided_at IS NOT NULL)
  GROUP BY o.target_key
)
SELECT t.stream_id AS own_case, max(t.evidence_version) AS version
FROM campaign_members m
JOIN review_tasks t ON t.tenant = $1 AND t.stream_id = 'case/' || $1 || '/' || m.kind || '/' || m.member_key
  AND t.closed_at IS NULL AND t.kind = 'matter' AND split_part(t.subject, '/', 1) = $3
WHERE m.tenant = $1 AND m.case_id = $2 AND m.split_at IS NULL
  AND coalesce(
    (SELECT r.stands FROM reached r WHERE r.target_key = m.member_key),
    (SELECT r.stands FROM reached r WHERE r.target_key = m.account_key), false)
GROUP BY t.stream_id
ORDER BY t.stream_id;

-- members_of_person --
-- What a person made, of the members, those too that went their own way. $1 tenant, $2 case, $3 person.
SELECT member_key, kind, named, account_key, person, content_version,
  split_at IS NOT NULL AS split
FROM campaign_members
WHERE tenant = $1 AND case_id = $2 AND person = $3
ORDER BY member_key;

-- lock_raids --
-- Until the transaction ends. $1 tenant.
SELECT pg_advisory_xact_lock(hashtextextended('raids ' || $1, 0));

-- campaigns_of_members --
-- Of each of these subjects the newest campaign it takes part in, and whether others may join it. $1 tenant, $2 any case, $3
-- members, $4 now.
SELECT DISTINCT ON (m.member_key) m.member_key, m.case_id AS campaign, coalesce(c.late_until >= $4, true) AS open
FROM campaign_members m JOIN campaigns c USING (tenant, case_id)
WHERE m.tenant = $1 AND m.case_id <> $2 AND m.member_key = ANY ($3)
ORDER BY m.member_key, m.joined_at DESC;

-- split_member --
-- It goes its own way: what the campaign imposed on it is its own case's to impose. $1 tenant, $2 case, $3 member, $4 now.
WITH split AS (
  UPDATE campaign_members SET split_at = $4
  WHERE tenant = $1 AND case_id = $2 AND member_key = $3 AND split_at IS NULL
  RETURNING member_key
)
UPDATE measures x SET revoked_by = 'split', revoked_at = $4 FROM split
WHERE x.tenant = $1 AND x.case_id = $2 AND x.target_key = split.member_key AND x.revoked_by IS NULL;

-- carry_telling_over --
-- Who was told of the campaign's decision was told of the one that took its place. $1 tenant, $2 campaign, $3 its decision,
-- $4 own case, $5 own decision, $6 person, $7 notice, $8 Message-ID.
INSERT INTO notices
  (tenant, case_id, notice_id, person, role, kind, reference, state, message_id, owed_at, attempts, sent_at)
SELECT $1, $4, $7, n.person, n.role, n.kind, $5, 'sent', $8, n.owed_at, 0, n.sent_at
FROM notices n
WHERE n.tenant = $1 AND n.case_id = $2 AND n.reference = $3 AND n.person = $6 AND n.state = 'sent'
ORDER BY n.sent_at
LIMIT 1
ON CONFLICT DO NOTHING;

-- people_restricted --
-- Whose contents or accounts the campaign's orders reached. $1 tenant, $2 case, $3 measures.
WITH reached AS (
  SELECT DISTINCT x.target_key FROM measures x
  JOIN orders o ON o.tenant = $1 AND o.case_id = $2 AND o.order_id = x.order_id AND o.confirmed_at IS NOT NULL
  WHERE x.tenant = $1 AND x.case_id = $2 AND split_part(x.measure_id, '@', 1) = ANY ($3)
),
whose AS (
  SELECT m.person, m.member_key AS target_key FROM campaign_members m
  WHERE m.tenant = $1 AND m.case_id = $2 AND m.split_at IS NULL
  UNION ALL
  SELECT m.person, m.account_key FROM campaign_members m
  WHERE m.tenant = $1 AND m.case_id = $2 AND m.split_at IS NULL
)
SELECT DISTINCT whose.person FROM whose JOIN reached USING (target_key) WHERE whose.person IS NOT NULL ORDER BY whose.person;

-- people_without_contact --
-- Of these people, whom the case cannot reach. $1 tenant, $2 case, $3 people.
SELECT p.person FROM unnest($3::text[]) AS p (person)
WHERE NOT EXISTS (
  SELECT FROM case_people c
  WHERE c.tenant = $1 AND c.case_id = $2 AND c.role = 'author' AND c.person = p.person AND c.contact IS NOT NULL)
ORDER BY p.person;

-- campaign_row --
-- How a campaign stands. $1 tenant, $2 case.
SELECT c.opened_at, c.paused_at, c.paused_by,
  (SELECT count(*) FROM campaign_members m WHERE m.tenant = $1 AND m.case_id = $2) AS members,
  (SELECT count(*) FROM campaign_members m WHERE m.tenant = $1 AND m.case_id = $2 AND m.sampled) AS sampled,
  (SELECT count(*) FROM campaign_members m WHERE m.tenant = $1 AND m.case_id = $2 AND m.split_at IS NOT NULL) AS split_off,
  (SELECT count(DISTINCT m.account_key) FROM campaign_members m WHERE m.tenant = $1 AND m.case_id = $2) AS accounts
FROM campaigns c WHERE c.tenant = $1 AND c.case_id = $2;

-- campaign_progress --
-- How far each batch came. $1 tenant, $2 case.
SELECT b.order_id, b.target, b.workflow_id, b.begun_at, b.stopped_at, b.ended_at,
  count(o.order_id) FILTER (WHERE o.confirmed_at IS NOT NULL) AS confirmed,
  count(o.order_id) FILTER (WHERE o.voided_at IS NOT NULL) AS void,
  count(o.order_id) FILTER (WHERE o.confirmed_at IS NULL AND o.voided_at IS NULL) AS waiting
FROM campaign_batches b
LEFT JOIN orders o ON o.tenant = $1 AND o.case_id = $2 AND split_part(o.order_id, '@', 1) = b.order_id
WHERE b.tenant = $1 AND b.case_id = $2
GROUP BY b.order_id, b.target, b.workflow_id, b.begun_at, b.stopped_at, b.ended_at
ORDER BY b.begun_at, b.order_id;

-- pause_campaign --
-- Paused, or with a null resumed; its open batches. $1 tenant, $2 case, $3 at or null, $4 by.
WITH paused AS (
  UPDATE campaigns SET paused_at = $3, paused_by = $4 WHERE tenant = $1 AND case_id = $2 RETURNING case_id
)
SELECT coalesce(array_agg(b.workflow_id) FILTER (WHERE b.workflow_id IS NOT NULL), '{}') AS batches
FROM paused LEFT JOIN campaign_batches b ON b.tenant = $1 AND b.case_id = paused.case_id AND b.ended_at IS NULL
GROUP BY paused.case_id;
