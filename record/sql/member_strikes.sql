-- strike_accounts --
-- Strikes that a campaign's decision leaves on accounts on which its orders took effect: one on each, however much of theirs
-- was in it, and none where one of the area was left since the raid began. The next so many accounts. $1 tenant, $2 case,
-- $3 decision, $4 orders, $5 area, $6 since, $7 until, $8 limit.
INSERT INTO strikes (tenant, case_id, decision_id, account, area, since, expires_at, active)
SELECT $1, $2, $3, a.account_key, $5, $6, $7, true
FROM (
  SELECT DISTINCT m.account_key FROM campaign_members m
  JOIN orders o ON o.tenant = $1 AND o.case_id = $2 AND o.target_key IN (m.member_key, m.account_key)
    AND split_part(o.order_id, '@', 1) = ANY ($4) AND o.confirmed_at IS NOT NULL AND o.voided_at IS NULL
  WHERE m.tenant = $1 AND m.case_id = $2 AND m.split_at IS NULL AND m.account_key IS NOT NULL
) AS a
WHERE NOT EXISTS (
  SELECT FROM strikes s
  WHERE s.tenant = $1 AND s.account = a.account_key AND s.area = $5 AND (
    (s.case_id = $2 AND s.decision_id = $3)
    OR (s.active AND s.since >= (SELECT min(b.first_seen) FROM campaign_members b WHERE b.tenant = $1 AND b.case_id = $2))))
ORDER BY a.account_key
LIMIT $8
ON CONFLICT DO NOTHING
RETURNING account;

-- unstrike_accounts --
-- The decision was taken back: its next so many strikes count no more. $1 tenant, $2 case, $3 decision, $4 limit.
UPDATE strikes SET active = false
WHERE tenant = $1 AND case_id = $2 AND decision_id = $3 AND active AND account IN (
  SELECT s.account FROM strikes s
  WHERE s.tenant = $1 AND s.case_id = $2 AND s.decision_id = $3 AND s.active
  ORDER BY s.account LIMIT $4)
RETURNING account;

-- take_strike_along --
-- With the last of an account's members that splits off goes its strike. $1 tenant, $2 case, $3 decision, $4 member.
UPDATE strikes s SET active = false
FROM campaign_members m
WHERE m.tenant = $1 AND m.case_id = $2 AND m.member_key = $4
  AND s.tenant = $1 AND s.case_id = $2 AND s.decision_id = $3 AND s.account = m.account_key AND s.active
  AND NOT EXISTS (
    SELECT FROM campaign_members x
    WHERE x.tenant = $1 AND x.case_id = $2 AND x.account_key = m.account_key AND x.member_key <> $4 AND x.split_at IS NULL)
RETURNING s.account;
