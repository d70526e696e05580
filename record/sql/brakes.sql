-- live_stops --
-- What is stopped or paused now. $1 tenant.
SELECT stop_id, scope, name, cause, stopped_by, reason, at FROM stops
WHERE tenant = $1 AND resumed_at IS NULL ORDER BY at, stop_id;

-- put_stop --
-- A stop, unless there is one of its scope, name and cause. $1 tenant, $2 id, $3 scope, $4 name, $5 cause, $6 by, $7 sealed
-- reason, $8 at.
INSERT INTO stops (tenant, stop_id, scope, name, cause, stopped_by, reason, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING RETURNING true;

-- resume --
-- Every live stop and pause of this scope and name ends. $1 tenant, $2 scope, $3 name, $4 by, $5 sealed reason, $6 at.
UPDATE stops SET resumed_at = $6, resumed_by = $4, resume_reason = $5
WHERE tenant = $1 AND scope = $2 AND name = $3 AND resumed_at IS NULL RETURNING stop_id;

-- automatic_act --
-- What automation did on this matter before. $1 tenant, $2 case, $3 matter.
SELECT braked FROM automatic_acts WHERE tenant = $1 AND case_id = $2 AND matter_id = $3;

-- count_acts --
-- One act more in each scope, in an order all keep; how many there are. The day has a row of its own, so that nobody at the turn
-- of an hour misses what is not committed yet. $1 tenant, $2 scopes, $3 names, $4 hour, $5 day's start.
WITH hourly AS (
  INSERT INTO act_counts AS c (tenant, scope, name, hour, acts)
  SELECT $1, s.scope, s.name, $4, 1 FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS s (scope, name, place) ORDER BY place
  ON CONFLICT (tenant, scope, name, hour) DO UPDATE SET acts = c.acts + 1
  RETURNING c.scope, c.name, c.acts
), daily AS (
  INSERT INTO act_days AS d (tenant, scope, name, day, acts)
  SELECT $1, h.scope, h.name, $5, 1 FROM hourly h ORDER BY array_position($2::text[], h.scope)
  ON CONFLICT (tenant, scope, name, day) DO UPDATE SET acts = d.acts + 1
  RETURNING d.scope, d.acts
)
SELECT h.scope, h.acts AS hour_acts, d.acts AS day_acts FROM hourly h JOIN daily d ON d.scope = h.scope;

-- count_further_acts --
-- So many acts more of one that was counted as one. $1 tenant, $2 scope, $3 name, $4 hour, $5 day's start, $6 how many.
WITH daily AS (
  UPDATE act_days SET acts = acts + $6 WHERE tenant = $1 AND scope = $2 AND name = $3 AND day = $5
)
UPDATE act_counts SET acts = acts + $6 WHERE tenant = $1 AND scope = $2 AND name = $3 AND hour = $4;

-- uncount_acts --
-- The act did not come about. $1 tenant, $2 scopes, $3 names, $4 hour, $5 day's start.
WITH daily AS (
  UPDATE act_days d SET acts = d.acts - 1 FROM unnest($2::text[], $3::text[]) AS s (scope, name)
  WHERE d.tenant = $1 AND d.scope = s.scope AND d.name = s.name AND d.day = $5
)
UPDATE act_counts c SET acts = c.acts - 1 FROM unnest($2::text[], $3::text[]) AS s (scope, name)
WHERE c.tenant = $1 AND c.scope = s.scope AND c.name = s.name AND c.hour = $4;

-- note_act --
-- Automation acted, or was held back; nothing where it had acted before, which stays so. $1 tenant, $2 case, $3 matter, $4 what, $5 rule, $6 area,
-- $7 decision or null, $8 at, $9 braked or null, $10 paged.
INSERT INTO automatic_acts AS a (tenant, case_id, matter_id, what, rule_id, area, decision_id, at, braked, paged)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (tenant, case_id, matter_id) DO UPDATE
SET what = $4, rule_id = $5, decision_id = $7, at = $8, braked = $9, paged = $10 WHERE a.braked IS NOT NULL
RETURNING true;

-- note_taken_back --
-- A rule's decision was reversed, or a person found no violation where it held. $1 tenant, $2 case, $3 decisions reversed,
-- $4 matters found to be none, $5 at.
UPDATE automatic_acts SET reversed_at = $5
WHERE tenant = $1 AND case_id = $2 AND reversed_at IS NULL AND braked IS NULL
  AND (decision_id = ANY ($3) OR (what = 'hold' AND matter_id = ANY ($4)))
RETURNING rule_id;

-- counted_of_rule --
-- What became of a rule's acts since a person last let it go on, in seven days. $1 tenant, $2 rule, $3 since, $4 hour.
SELECT count(*)::integer AS acts, count(reversed_at)::integer AS reversed,
  (count(*) FILTER (WHERE a.at >= $4))::integer AS this_hour
FROM automatic_acts a
WHERE a.tenant = $1 AND a.rule_id = $2 AND a.braked IS NULL AND a.at >= greatest($3, coalesce((
  SELECT max(s.resumed_at) FROM stops s WHERE s.tenant = $1 AND s.scope = 'rule' AND s.name = $2), $3));

-- braked_acts --
-- What was held back or paged, by reason and rule. $1 tenant, $2 since.
SELECT coalesce(braked, 'paged') AS reason, rule_id, area, count(*)::integer AS acts, max(at) AS latest FROM automatic_acts
WHERE tenant = $1 AND at >= $2 AND (braked IS NOT NULL OR paged) GROUP BY 1, 2, 3 ORDER BY acts DESC, 1, 2;

-- acts_by_rule --
-- How often each rule acted in this hour and this day. $1 tenant, $2 hour, $3 day's start.
SELECT name AS rule_id, sum(acts) FILTER (WHERE hour = $2)::integer AS hour, sum(acts)::integer AS day FROM act_counts
WHERE tenant = $1 AND scope = 'rule' AND hour >= $3 AND hour <= $2 GROUP BY name ORDER BY name;

-- acts_by_person --
-- How often each person restricted in this hour and this day, and was refused today. $1 tenant, $2 hour, $3 day's start, $4 limit.
SELECT name AS person,
  coalesce(sum(acts) FILTER (WHERE scope = 'person' AND hour = $2), 0)::integer AS hour,
  coalesce(sum(acts) FILTER (WHERE scope = 'person'), 0)::integer AS day,
  coalesce(sum(acts) FILTER (WHERE scope = 'over_cap'), 0)::integer AS refused
FROM act_counts
WHERE tenant = $1 AND scope IN ('person', 'over_cap') AND hour >= $3 AND hour <= $2
GROUP BY name ORDER BY refused DESC, day DESC, name LIMIT $4;

-- acts_of_person --
-- What one person restricted in this hour and this day. $1 tenant, $2 hour, $3 day's start, $4 person.
SELECT coalesce(sum(acts) FILTER (WHERE hour = $2), 0)::integer AS hour, coalesce(sum(acts), 0)::integer AS day
FROM act_counts WHERE tenant = $1 AND scope = 'person' AND name = $4 AND hour >= $3 AND hour <= $2;

-- severe_matters --
-- Matters of a case that no person's cap may keep waiting. $1 tenant, $2 stream, $3 severity, the least severe of them.
SELECT DISTINCT subject FROM review_tasks WHERE tenant = $1 AND stream_id = $2 AND severity <= $3;

-- lock_protection --
-- One at a time changes an account's protection, until the transaction ends. $1 tenant, $2 account.
SELECT pg_advisory_xact_lock(hashtextextended('protection ' || $1 || ' ' || $2, 0));

-- protect_account --
-- An account is protected, from now on under these terms; never in the same microsecond as before. $1 tenant, $2 account, $3 reason, $4 sealed platform id, $5 sealed
-- source, $6 by, $7 at, $8 expires at or null.
INSERT INTO protected_accounts (tenant, account, reason, platform_id, source, added_by, added_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6, greatest($7, max(p.added_at) + interval '1 microsecond'), $8
FROM protected_accounts p WHERE p.tenant = $1 AND p.account = $2;

-- unprotect_account --
-- It is protected no more. $1 tenant, $2 account, $3 by, $4 at.
UPDATE protected_accounts SET removed_at = $4, removed_by = $3
WHERE tenant = $1 AND account = $2 AND removed_at IS NULL RETURNING true;

-- protection_of --
-- Why an account is protected now; null where it is not. $1 tenant, $2 account, $3 at.
SELECT reason FROM protected_accounts
WHERE tenant = $1 AND account = $2 AND removed_at IS NULL AND (expires_at IS NULL OR expires_at > $3);

-- protected_accounts --
-- Who is protected now. $1 tenant, $2 at.
SELECT account, reason, platform_id, source, added_by, added_at, expires_at FROM protected_accounts
WHERE tenant = $1 AND removed_at IS NULL AND (expires_at IS NULL OR expires_at > $2) ORDER BY added_at, account;

-- about_protected --
-- Whether the account a case is about, or one of these, is protected. $1 tenant, $2 case, $3 accounts, $4 at.
SELECT EXISTS (
  SELECT FROM protected_accounts p
  WHERE p.tenant = $1 AND p.removed_at IS NULL AND (p.expires_at IS NULL OR p.expires_at > $4)
    AND (p.account = ANY ($3::text[])
      OR p.account IN (SELECT m.account FROM account_matters m WHERE m.tenant = $1 AND m.case_id = $2)));
