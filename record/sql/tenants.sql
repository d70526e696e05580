-- set_tenant --
-- Which tenant's rows this transaction sees. $1 tenant.
SELECT set_config('dueprocess.tenant', $1, true);

-- begin --
-- A transaction begins; sent as one script with `as_tenant`, one round trip.
BEGIN;

-- as_tenant --
-- Which tenant's rows this transaction sees. :tenant, a checked name, since a script takes no parameters.
SET LOCAL dueprocess.tenant = ':tenant';

-- commit --
-- Keep what the transaction did.
COMMIT;

-- roll_back --
-- Undo what the transaction did.
ROLLBACK;

-- tenants --
-- Every tenant, for whatever goes tenant by tenant.
SELECT tenant FROM tenants ORDER BY tenant;

-- tenant_settings --
-- One tenant's settings. $1 tenant.
SELECT tenant, pack_id, tokenless_decisions FROM tenants WHERE tenant = $1;

-- ensure_tenant --
-- As the owner: a tenant with its settings; of a known one, what is null stays. $1 tenant, $2 pack, or null, $3 token-less
-- decisions allowed, or null, $4 now.
INSERT INTO tenants (tenant, pack_id, tokenless_decisions, created_at)
VALUES ($1, coalesce($2, 'baseline'), coalesce($3, false), $4)
ON CONFLICT (tenant) DO UPDATE
SET pack_id = coalesce($2, tenants.pack_id), tokenless_decisions = coalesce($3, tenants.tokenless_decisions);

-- ensure_tenant_secret --
-- The tenant's wrapped secret; the candidate where there is none yet. $1 tenant, $2 wrapped candidate, $3 KEK version.
SELECT wrapped, kek_version FROM ensure_tenant_secret($1, $2, $3);

-- ensure_reviewer --
-- Who this reviewer is on the platform. $1 tenant, $2 reviewer, $3 person keys.
INSERT INTO reviewers (tenant, reviewer_id, person_keys) VALUES ($1, $2, $3)
ON CONFLICT (tenant, reviewer_id) DO UPDATE SET person_keys = excluded.person_keys;

-- ping --
-- Whether anybody answers.
SELECT 1;
