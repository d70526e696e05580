-- note_fingerprints --
-- Of a version, those it has not. $1 tenant, $2 case, $3 version, $4 likenesses, $5 places, $6 values,
-- $7 account or null, $8 captured at, then of the slots: $9 likenesses, $10 places, $11 slots.
WITH noted AS (
  INSERT INTO fingerprints (tenant, case_id, version, likeness, place, value, account, captured_at)
  SELECT $1, $2, $3, f.likeness, f.place, f.value, $7, $8
  FROM unnest($4::text[], $5::smallint[], $6::bytea[]) AS f (likeness, place, value)
  ON CONFLICT DO NOTHING
)
INSERT INTO fingerprint_slots (tenant, likeness, slot, case_id, version, place)
SELECT $1, s.likeness, s.slot, $2, $3, s.place
FROM unnest($9::text[], $10::smallint[], $11::integer[]) AS s (likeness, place, slot)
ON CONFLICT DO NOTHING;

-- repeated_by_author --
-- How many other cases are about the same words of the same author, a thousand at most. $1 tenant, $2 case, $3 since.
SELECT count(DISTINCT other.case_id)
FROM (SELECT DISTINCT f.value, f.account FROM fingerprints f
      WHERE f.tenant = $1 AND f.case_id = $2 AND f.likeness = 'words') AS own
CROSS JOIN LATERAL (
  SELECT f.case_id FROM fingerprints f
  WHERE f.tenant = $1 AND f.likeness = 'words' AND f.account = own.account AND f.value = own.value AND f.case_id <> $2
    AND f.captured_at >= $3
  ORDER BY f.captured_at DESC LIMIT 1000) AS other;

-- copies_of --
-- Cases about what is alike to this one's latest version as theirs is now, the likest first. Differing: of 16 values (words)
-- or of 256 bits (pictures). $1 tenant, $2 case, $3 likenesses looked for, $4 values and $5 bits that may differ, $6 limit.
SELECT case_id, version, likeness, differing FROM alike_cases($1, $2, $3, $4, $5)
ORDER BY array_position(ARRAY['content', 'words', 'wording', 'picture'], likeness), differing, case_id
LIMIT $6;

-- count_copies --
-- How many there are, exact and near, and of those captured lately how many by how many accounts, this one's own included.
-- Variants: near ones of this one's account. $1 tenant, $2 case, $3 likenesses, $4 values and $5 bits that may differ,
-- $6 since, $7 since of variants.
WITH alike AS (SELECT * FROM alike_cases($1, $2, $3, $4, $5)),
own AS (
  SELECT f.case_id, f.account FROM fingerprints f WHERE f.tenant = $1 AND f.case_id = $2 ORDER BY f.version DESC LIMIT 1
),
lately AS (
  SELECT a.case_id, a.account FROM alike a WHERE a.captured_at >= $6
  UNION ALL
  SELECT own.case_id, own.account FROM own
)
SELECT
  (SELECT count(*) FROM alike WHERE likeness = 'content') AS copies,
  (SELECT count(*) FROM alike WHERE likeness <> 'content') AS near_copies,
  (SELECT count(*) FROM alike JOIN own ON own.account = alike.account
   WHERE alike.likeness <> 'content' AND alike.captured_at >= $7) AS variants,
  (SELECT count(*) FROM lately) AS items,
  (SELECT count(DISTINCT account) FROM lately) AS accounts;

-- count_of_account --
-- Contents of this one's author captured lately, itself included, a thousand at most of each. $1 tenant, $2 account,
-- $3 since an hour ago, $4 since a day ago.
SELECT
  (SELECT count(*) FROM (
    SELECT DISTINCT f.case_id FROM fingerprints f
    WHERE f.tenant = $1 AND f.account = $2 AND f.likeness = 'content' AND f.captured_at >= $3 LIMIT 1000) AS one) AS hour,
  (SELECT count(*) FROM (
    SELECT DISTINCT f.case_id FROM fingerprints f
    WHERE f.tenant = $1 AND f.account = $2 AND f.likeness = 'content' AND f.captured_at >= $4 LIMIT 1000) AS one) AS day;

-- came_alike --
-- The contents alike to this one that were captured lately, and itself. $1 tenant, $2 case, $3 since, $4 limit,
-- $5 likenesses, $6 values and $7 bits that may differ.
SELECT case_id, captured_at FROM (
  SELECT a.case_id, a.captured_at FROM alike_cases($1, $2, $5, $6, $7) a WHERE a.captured_at >= $3
  UNION
  SELECT f.case_id, max(f.captured_at) FROM fingerprints f WHERE f.tenant = $1 AND f.case_id = $2 GROUP BY f.case_id
) AS found
ORDER BY captured_at, case_id
LIMIT $4;

-- count_gathered --
-- What was captured lately in the community of this one, itself included. $1 tenant, $2 case, $3 since.
SELECT count(DISTINCT other.case_id) AS items, count(DISTINCT other.account) AS accounts
FROM fingerprints own
JOIN fingerprints other ON other.tenant = $1 AND other.likeness = 'community' AND other.value = own.value
  AND other.captured_at >= $3
WHERE own.tenant = $1 AND own.case_id = $2 AND own.likeness = 'community';

-- came_together --
-- The contents captured lately in the community of this one, and itself. $1 tenant, $2 case, $3 since, $4 limit.
SELECT other.case_id, max(other.captured_at) AS captured_at
FROM fingerprints own
JOIN fingerprints other ON other.tenant = $1 AND other.likeness = 'community' AND other.value = own.value
  AND other.captured_at >= $3
WHERE own.tenant = $1 AND own.case_id = $2 AND own.likeness = 'community'
GROUP BY other.case_id
ORDER BY captured_at, other.case_id
LIMIT $4;

-- note_derived --
-- A decision is brought to these cases. $1 tenant, $2 source case, $3 source decision, $4 cases, $5 at.
INSERT INTO derived_decisions (tenant, source_case, source_decision, case_id, brought_at)
SELECT $1, $2, $3, unnest($4::text[]), $5
ON CONFLICT DO NOTHING;

-- derived_from --
-- The cases a decision was brought to. $1 tenant, $2 source case, $3 source decision.
SELECT case_id FROM derived_decisions WHERE tenant = $1 AND source_case = $2 AND source_decision = $3 ORDER BY case_id;
