-- keep_reports --
-- Reports as they were taken, with their marks; the numbers of those that are set aside, because a measure says that their
-- reporter's reports are not processed. $1 tenant, $2 case, then one array each: $3 number, $4 person, $5 area, $6 source,
-- $7 contactable, $8 received at, $9 account, $10 account made at, $11 network, $12 campaign, $13 bands of words with blanks
-- between, $14 whether it may be set aside, $15 trusted flagger or ''.
WITH kept AS (
INSERT INTO case_reports
  (tenant, case_id, number, person, area, source, contactable, received_at, account, account_created_at, network, campaign,
   words, standing, standing_by, flagger)
SELECT $1, $2, r.number, r.person, r.area, r.source, r.contactable, r.received_at, r.account, r.account_created_at,
  r.network, r.campaign, coalesce(string_to_array(nullif(r.words, ''), ' '), '{}'),
  CASE WHEN r.may_wait AND r.account <> '' AND EXISTS (
    SELECT FROM measures m
    WHERE m.tenant = $1 AND m.target_key = r.account AND m.kind = 'suspend_reports' AND m.revoked_by IS NULL
      AND m.since <= r.received_at AND (m.until IS NULL OR m.until > r.received_at))
    THEN 'set_aside' ELSE 'counted' END,
  NULL, r.flagger
FROM unnest(
  $3::bigint[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::timestamptz[], $9::text[], $10::timestamptz[],
  $11::text[], $12::text[], $13::text[], $14::boolean[], $15::text[]
) AS r (number, person, area, source, contactable, received_at, account, account_created_at, network, campaign, words,
  may_wait, flagger)
ON CONFLICT (tenant, case_id, number) DO NOTHING
RETURNING number, standing
)
SELECT number FROM kept WHERE standing = 'set_aside';

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
-- A person's decision, for everybody who had reported the area before it, and for the trusted flaggers whose notices these
-- were, as `flagger:<id>`. $1 tenant, $2 case, $3 decision, $4 area,
-- $5 upheld, $6 decided at.
INSERT INTO reporter_outcomes (tenant, person, case_id, decision_id, area, upheld, decided_at)
SELECT DISTINCT $1, who.person, $2, $3, $4, $5::boolean, $6::timestamptz FROM case_reports r
CROSS JOIN LATERAL (VALUES (r.person), ('flagger:' || nullif(r.flagger, ''))) AS who (person)
WHERE r.tenant = $1 AND r.case_id = $2 AND r.area = $4 AND who.person <> '' AND r.standing = 'counted'
  AND r.received_at <= $6
ON CONFLICT DO NOTHING;

-- take_outcome_back --
-- The decision was reversed: it says nothing of those who reported. $1 tenant, $2 case, $3 decision.
UPDATE reporter_outcomes SET active = false WHERE tenant = $1 AND case_id = $2 AND decision_id = $3 AND active;

-- change_standing --
-- Reports of these people that came before a message, from one standing to another: those that changed, and what they were.
-- Under the stream's lock. $1 tenant, $2 case, $3 people, $4 areas, $5 before this number, $6 standings before, $7 standing
-- after, $8 message.
WITH stood AS (
  SELECT number, standing FROM case_reports
  WHERE tenant = $1 AND case_id = $2 AND person = ANY ($3) AND area = ANY ($4) AND number < $5 AND standing = ANY ($6)
)
UPDATE case_reports r SET standing = $7, standing_by = $8 FROM stood
WHERE r.tenant = $1 AND r.case_id = $2 AND r.number = stood.number
RETURNING r.area, r.source, stood.standing AS was;

-- counted_reporters --
-- How many people's reports count, by area. $1 tenant, $2 case.
SELECT area, count(DISTINCT person) AS people FROM case_reports
WHERE tenant = $1 AND case_id = $2 AND standing = 'counted'
GROUP BY area;

-- open_cases_of --
-- Cases with an open question in which these people's reports have one of these standings. $1 tenant, $2 people, $3 standings,
-- $4 areas, $5 stages, $6 limit.
SELECT DISTINCT r.case_id FROM case_reports r
JOIN cases c ON c.tenant = $1 AND c.case_id = r.case_id
WHERE r.tenant = $1 AND r.person = ANY ($2) AND r.standing = ANY ($3) AND r.area = ANY ($4) AND c.stage = ANY ($5)
ORDER BY r.case_id
LIMIT $6;

-- reporters_misusing --
-- Reporters with so many judged reports since a time, of which so large a share was unfounded; no trusted flaggers, whose
-- status only their coordinator takes (DSA Art. 22(6)). $1 tenant, $2 since, $3 areas,
-- $4 judged at least, $5 share at least, $6 people or null: all, $7 now, $8 limit.
SELECT o.person AS key, o.judged, o.unfounded, o.areas, o.last_at, coalesce(a.account, '') AS account,
  m.since IS NOT NULL AS suspended, m.until AS suspended_until
FROM (
  SELECT person, count(*)::integer AS judged, (count(*) FILTER (WHERE NOT upheld))::integer AS unfounded,
    array_agg(DISTINCT area ORDER BY area) AS areas, max(decided_at) AS last_at
  FROM reporter_outcomes
  WHERE tenant = $1 AND active AND decided_at > $2 AND area = ANY ($3) AND ($6::text[] IS NULL OR person = ANY ($6))
    AND person NOT LIKE 'flagger:%'
  GROUP BY person
  HAVING count(*) >= $4 AND count(*) FILTER (WHERE NOT upheld) >= $5 * count(*)
  ORDER BY 3 DESC, 1
  LIMIT $8
) o
LEFT JOIN LATERAL (
  SELECT r.account FROM case_reports r
  WHERE r.tenant = $1 AND r.person = o.person AND r.account <> ''
  ORDER BY r.received_at DESC LIMIT 1
) a ON true
LEFT JOIN LATERAL (
  SELECT m.since, m.until FROM measures m
  WHERE m.tenant = $1 AND m.target_key = a.account AND m.kind = 'suspend_reports' AND m.revoked_by IS NULL
    AND (m.until IS NULL OR m.until > $7)
  ORDER BY m.until DESC NULLS FIRST LIMIT 1
) m ON true
ORDER BY o.unfounded DESC, o.person;

-- case_of_reporter --
-- The case in which this person reported last and can still be named. $1 tenant, $2 person.
SELECT r.case_id FROM case_reports r
JOIN case_people p ON p.tenant = $1 AND p.case_id = r.case_id AND p.person = r.person AND p.contact IS NOT NULL
WHERE r.tenant = $1 AND r.person = $2
ORDER BY r.received_at DESC
LIMIT 1;

-- reports_released --
-- Reports that were set aside, of people whose reports are processed again, by case. $1 tenant, $2 now, $3 limit.
SELECT r.case_id, array_agg(DISTINCT r.person) AS people, max(r.number) AS through FROM case_reports r
WHERE r.tenant = $1 AND r.standing = 'set_aside' AND NOT EXISTS (
  SELECT FROM measures m
  WHERE m.tenant = $1 AND m.target_key = r.account AND m.kind = 'suspend_reports' AND m.revoked_by IS NULL
    AND (m.until IS NULL OR m.until > $2))
GROUP BY r.case_id
ORDER BY r.case_id
LIMIT $3;
