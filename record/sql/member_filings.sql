-- statements_owed --
-- Targets on which one of these orders took effect, and whose statement for this cause has no answer; those that were refused
-- come last. Who split off is stated by their own case, unless theirs was owed before. earlier: what this one supersedes;
-- nothing is superseded where nothing had been filed. $1 tenant, $2 case, $3 orders, $4 cause, $5 superseded causes, $6 limit.
SELECT o.target_key, split_part(o.order_id, '@', 1) AS order_id, m.member_key, m.kind, m.named, m.account_key, m.person,
  m.content_version, m.first_seen, f.payload, f.last_error, o.confirmed_at, e.earlier, (
    SELECT min(i.confirmed_at) FROM orders i
    WHERE i.tenant = $1 AND i.target_key = o.target_key AND i.case_id = $2 AND i.voided_at IS NULL) AS restricted_at
FROM orders o
CROSS JOIN LATERAL (
  SELECT * FROM campaign_members x
  WHERE x.tenant = $1 AND x.case_id = $2 AND o.target_key IN (x.member_key, x.account_key)
  ORDER BY x.split_at NULLS FIRST, x.member_key
  LIMIT 1) AS m
LEFT JOIN filings f ON f.tenant = $1 AND f.case_id = $2 AND f.cause = $4 || '@' || o.target_key
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(p.filing_id ORDER BY p.filing_id), '{}') AS earlier FROM filings p
  WHERE p.tenant = $1 AND p.case_id = $2 AND p.state = 'accepted'
    AND p.cause = ANY (SELECT c || '@' || o.target_key FROM unnest($5::text[]) AS c)) AS e
WHERE o.tenant = $1 AND o.case_id = $2 AND split_part(o.order_id, '@', 1) = ANY ($3)
  AND o.confirmed_at IS NOT NULL AND o.voided_at IS NULL AND coalesce(f.state, 'owed') = 'owed'
  AND (f.filing_id IS NOT NULL OR m.split_at IS NULL)
  AND (cardinality($5::text[]) = 0 OR cardinality(e.earlier) > 0)
ORDER BY coalesce(f.last_error LIKE 'refused%', false), o.target_key
LIMIT $6;

-- owe_filings --
-- Statements that are owed; what is there stays, and who split off meanwhile is left to their own case. Which are kept. $1
-- tenant, $2 case, $3 now, then one array each: $4 filings, $5 causes, $6 sealed payloads, $7 targets.
WITH owed AS (
  INSERT INTO filings (tenant, filing_id, case_id, cause, payload, owed_at, state)
  SELECT $1, f.filing_id, $2, f.cause, f.payload, $3, 'owed'
  FROM unnest($4::text[], $5::text[], $6::bytea[], $7::text[]) AS f (filing_id, cause, payload, target)
  WHERE EXISTS (
    SELECT FROM campaign_members m
    WHERE m.tenant = $1 AND m.case_id = $2 AND m.split_at IS NULL AND f.target IN (m.member_key, m.account_key))
  ON CONFLICT DO NOTHING
  RETURNING filing_id
)
SELECT filing_id FROM owed UNION SELECT filing_id FROM filings WHERE tenant = $1 AND filing_id = ANY ($4);

-- note_filing_attempts --
-- These were sent, or what came of it. $1 tenant, $2 filings, $3 error code or null, $4 how many attempts more.
UPDATE filings SET attempts = attempts + $4, last_error = $3 WHERE tenant = $1 AND filing_id = ANY ($2::text[]);

-- note_filings_answered --
-- The database answered; the first answer stands. $1 tenant, $2 filings, $3 their ids there or nulls, $4 state, $5 error code
-- or null, $6 at.
UPDATE filings f SET state = $4, uuid = a.uuid, last_error = $5, answered_at = $6
FROM unnest($2::text[], $3::text[]) AS a (filing_id, uuid)
WHERE f.tenant = $1 AND f.filing_id = a.filing_id AND f.state = 'owed';

-- filings_accepted --
-- How many statements of this cause the database has. $1 tenant, $2 case, $3 cause.
SELECT count(*) FROM filings
WHERE tenant = $1 AND case_id = $2 AND state = 'accepted' AND split_part(cause, '@', 1) = $3;

-- filing_of_member --
-- A campaign's statement about one of its members, whether answered or not. $1 tenant, $2 case, $3 cause.
SELECT filing_id, uuid FROM filings WHERE tenant = $1 AND case_id = $2 AND cause = $3;
