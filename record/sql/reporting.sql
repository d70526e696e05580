-- keep_reports --
-- Reports as they were taken, with their marks. $1 tenant, $2 case, then one array each: $3 number, $4 person, $5 area,
-- $6 source, $7 contactable, $8 received at, $9 account, $10 account made at, $11 network, $12 campaign, $13 bands of words
-- with blanks between, $14 standing, $15 by which message, or null.
INSERT INTO case_reports
  (tenant, case_id, number, person, area, source, contactable, received_at, account, account_created_at, network, campaign,
   words, standing, standing_by)
SELECT $1, $2, r.number, r.person, r.area, r.source, r.contactable, r.received_at, r.account, r.account_created_at,
  r.network, r.campaign, coalesce(string_to_array(nullif(r.words, ''), ' '), '{}'), r.standing, r.standing_by
FROM unnest(
  $3::bigint[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::timestamptz[], $9::text[], $10::timestamptz[],
  $11::text[], $12::text[], $13::text[], $14::text[], $15::text[]
) AS r (number, person, area, source, contactable, received_at, account, account_created_at, network, campaign, words,
  standing, standing_by)
ON CONFLICT (tenant, case_id, number) DO NOTHING;

-- reports_heard --
-- Reports of a case that count, the newest so many. $1 tenant, $2 case, $3 limit.
SELECT number, person, area, received_at, account_created_at, network, campaign, words FROM case_reports
WHERE tenant = $1 AND case_id = $2 AND standing = 'counted'
ORDER BY number DESC
LIMIT $3;

-- reporters_past --
-- What became of earlier reports of these people, summed up by day. $1 tenant, $2 people, $3 decided after, $4 not of this
-- case, or null.
SELECT person, area, upheld, max(decided_at) AS at, count(*)::integer AS count FROM reporter_outcomes
WHERE tenant = $1 AND person = ANY ($2) AND active AND decided_at > $3 AND case_id IS DISTINCT FROM $4
GROUP BY person, area, upheld, date_trunc('day', decided_at, 'UTC');

-- count_outcome --
-- A person's decision, for everybody who had reported the area before it. $1 tenant, $2 case, $3 decision, $4 area,
-- $5 upheld, $6 decided at.
INSERT INTO reporter_outcomes (tenant, person, case_id, decision_id, area, upheld, decided_at)
SELECT DISTINCT $1, r.person, $2, $3, $4, $5::boolean, $6::timestamptz FROM case_reports r
WHERE r.tenant = $1 AND r.case_id = $2 AND r.area = $4 AND r.person <> '' AND r.standing = 'counted'
  AND r.received_at <= $6
ON CONFLICT DO NOTHING;

-- take_outcome_back --
-- The decision was reversed: it says nothing of those who reported. $1 tenant, $2 case, $3 decision.
UPDATE reporter_outcomes SET active = false WHERE tenant = $1 AND case_id = $2 AND decision_id = $3 AND active;
