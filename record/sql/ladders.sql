-- lock_account_strikes --
-- One process at a time counts an account's strikes. $1 tenant, $2 account.
SELECT pg_advisory_xact_lock(hashtextextended('strikes ' || $1 || ' ' || $2, 0));

-- strikes_of_account --
-- Every strike on an account, of all cases, active or not. $1 tenant, $2 account.
SELECT case_id, decision_id, area, since, expires_at, active FROM strikes WHERE tenant = $1 AND account = $2;

-- suspensions_of_account --
-- When the account was suspended, by orders that took effect. $1 tenant, $2 account.
SELECT since AS start, least(until, revoked_at) AS "end" FROM measures
WHERE tenant = $1 AND target_key = $2 AND kind IN ('suspend', 'terminate') AND revoked_by IS DISTINCT FROM 'void';

-- standing_crossings --
-- Steps reached by this account that have not fallen. $1 tenant, $2 account.
SELECT crossing FROM crossings WHERE tenant = $1 AND account = $2 AND fallen_at IS NULL;

-- note_crossing --
-- A step was reached. $1 tenant, $2 crossing, $3 account, $4 area, $5 the crossing whole, $6 at.
INSERT INTO crossings (tenant, crossing_id, account, area, crossing, crossed_at) VALUES ($1, $2, $3, $4, $5::jsonb, $6)
ON CONFLICT DO NOTHING;

-- note_fall --
-- A step falls. $1 tenant, $2 crossing, $3 the decision that was taken back, $4 at.
UPDATE crossings SET fallen_at = $4, fall_source = $3::jsonb WHERE tenant = $1 AND crossing_id = $2 AND fallen_at IS NULL;

-- crossings_to_bring --
-- What an account's own case has not heard of. $1 tenant, $2 account, or null for all, $3 crossed or fallen before, or null.
SELECT account, crossing, fall_source, brought_at FROM crossings
WHERE tenant = $1 AND ($2::text IS NULL OR account = $2)
  AND (brought_at IS NULL OR (fallen_at IS NOT NULL AND fall_brought_at IS NULL))
  AND ($3::timestamptz IS NULL OR coalesce(fallen_at, crossed_at) < $3)
ORDER BY crossed_at, crossing_id
LIMIT 100;

-- note_brought --
-- The account's own case has it in its inbox. $1 tenant, $2 crossing, $3 at, $4 whether its fall too.
UPDATE crossings SET brought_at = coalesce(brought_at, $3), fall_brought_at = CASE WHEN $4 THEN $3 ELSE fall_brought_at END
WHERE tenant = $1 AND crossing_id = $2;
