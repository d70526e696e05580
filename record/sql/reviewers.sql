-- reviewer_standing --
-- A reviewer as far as claims go (migration 0056 explains how). $1 tenant, $2 reviewer, $3 now, $4 looks since.
SELECT * FROM reviewer_standing($1, $2, $3, $4);

-- reviewer_standings --
-- The same of several. $1 tenant, $2 reviewers, $3 now, $4 looks since.
SELECT n.name AS reviewer, s.* FROM unnest($2::text[]) AS n (name), LATERAL reviewer_standing($1, n.name, $3, $4) AS s
ORDER BY n.name;

-- register_reviewer --
-- What the register says of a reviewer from now on. $1 tenant, $2 reviewer, $3 profile, $4 now, $5 by.
INSERT INTO reviewers (tenant, reviewer_id, person_keys, registered, profile, changed_at, changed_by)
VALUES ($1, $2, '{}', true, $3::jsonb, $4, $5)
ON CONFLICT (tenant, reviewer_id) DO UPDATE
SET registered = true, profile = excluded.profile, changed_at = excluded.changed_at, changed_by = excluded.changed_by;

-- unregister_reviewer --
-- A reviewer leaves the register; who they are on the platform stays known. $1 tenant, $2 reviewer, $3 now, $4 by.
UPDATE reviewers SET registered = false, profile = '{}', changed_at = $3, changed_by = $4
WHERE tenant = $1 AND reviewer_id = $2 AND registered RETURNING true;

-- registered_reviewers --
-- The register, and what each holds. $1 tenant, $2 now.
SELECT r.reviewer_id, r.profile, r.changed_at, r.changed_by, (
    SELECT count(*)::integer FROM leases l
    WHERE l.tenant = $1 AND l.reviewer = r.reviewer_id AND l.released_at IS NULL AND l.expires_at > $2) AS held
FROM reviewers r WHERE r.tenant = $1 AND r.registered ORDER BY r.reviewer_id;
