-- register_flagger --
-- A body, unless there is one of its id. $1 tenant, $2 id, $3 name, $4 coordinator, $5 areas, $6 registered at, $7 designated
-- at, $8 designated until or null.
INSERT INTO trusted_flaggers (tenant, flagger_id, name, coordinator, areas, registered_at, designated_at, designated_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING RETURNING true;

-- identify_flagger --
-- What a body is recognised by; what another body is recognised by stays that one's until it has ended. Those it got.
-- $1 tenant, $2 id, $3 kinds, $4 values, $5 now.
INSERT INTO flagger_identities AS i (tenant, kind, value, flagger_id)
SELECT $1, one.kind, one.value, $2 FROM unnest($3::text[], $4::text[]) AS one (kind, value)
ON CONFLICT (tenant, kind, value) DO UPDATE SET flagger_id = $2
WHERE i.flagger_id = $2 OR EXISTS (
  SELECT FROM trusted_flaggers f
  WHERE f.tenant = $1 AND f.flagger_id = i.flagger_id AND (f.designated_until <= $5 OR 'ended' = (
    SELECT c.status FROM flagger_changes c
    WHERE c.tenant = $1 AND c.flagger_id = f.flagger_id ORDER BY c.number DESC LIMIT 1)))
RETURNING kind, value;

-- flagger_status --
-- The latest change of a body; no row where there is none of this id. $1 tenant, $2 id.
SELECT number, status FROM flagger_changes
WHERE tenant = $1 AND flagger_id = $2
ORDER BY number DESC LIMIT 1;

-- change_flagger --
-- A body stands otherwise from now on, unless another change was first. $1 tenant, $2 id, $3 number, $4 status, $5 at, $6 by, $7 sealed reason.
INSERT INTO flagger_changes (tenant, flagger_id, number, status, at, by, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING RETURNING true;

-- flaggers_of --
-- Bodies by what they are recognised by. $1 tenant, $2 kinds, $3 values.
SELECT i.kind, i.value, i.flagger_id FROM unnest($2::text[], $3::text[]) AS one (kind, value)
JOIN flagger_identities i ON i.tenant = $1 AND i.kind = one.kind AND i.value = one.value
ORDER BY i.flagger_id;

-- flaggers --
-- Bodies on the register, and what people decided on their notices. $1 tenant, $2 ids, or null: all.
SELECT f.*,
  coalesce((SELECT array_agg(i.kind || ':' || i.value ORDER BY i.kind DESC, i.value) FROM flagger_identities i
    WHERE i.tenant = $1 AND i.flagger_id = f.flagger_id), '{}') AS identities,
  o.judged, o.upheld
FROM trusted_flaggers f
CROSS JOIN LATERAL (
  SELECT count(*)::integer AS judged, (count(*) FILTER (WHERE upheld))::integer AS upheld FROM reporter_outcomes
  WHERE tenant = $1 AND person = 'flagger:' || f.flagger_id AND active
) o
WHERE f.tenant = $1 AND ($2::text[] IS NULL OR f.flagger_id = ANY ($2))
ORDER BY f.flagger_id;

-- flagger_changes --
-- How these bodies stood, oldest first. $1 tenant, $2 ids.
SELECT flagger_id, number, status, at, by, reason FROM flagger_changes
WHERE tenant = $1 AND flagger_id = ANY ($2) ORDER BY flagger_id, number;
