-- put_policy_pack --
-- A pack's files, once. $1 tenant, $2 digest, $3 pack, $4 version, $5 sealed files, $6 at.
INSERT INTO policy_packs (tenant, digest, pack_id, version, files, stored_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING;

-- policy_pack --
-- A pack's files. $1 tenant, $2 digest.
SELECT files FROM policy_packs WHERE tenant = $1 AND digest = $2;

-- policy_events --
-- What happened to releases, in order. $1 tenant.
SELECT number, body FROM policy_events WHERE tenant = $1 ORDER BY number;

-- put_policy_event --
-- The next one; nothing where another has this number, or the release has one of this kind. $1 tenant, $2 number, $3 kind,
-- $4 release, $5 by, $6 at, $7 sealed body.
INSERT INTO policy_events (tenant, number, kind, release_id, by, at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING RETURNING true;

-- put_backtest --
-- A backtest that was run. $1 tenant, $2 id, $3 digest, $4 since, $5 until, $6 cases, $7 by, $8 at, $9 sealed report.
INSERT INTO policy_backtests (tenant, backtest_id, digest, since, until, cases, ran_by, ran_at, report)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- backtests_of_pack --
-- Backtests of a pack that looked at anything, the newest first. $1 tenant, $2 digest.
SELECT backtest_id, since, until, cases, ran_by, ran_at FROM policy_backtests
WHERE tenant = $1 AND digest = $2 AND cases > 0 ORDER BY ran_at DESC, backtest_id;
