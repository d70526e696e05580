-- note_fingerprints --
-- Of a version that was just kept, in its transaction. $1 tenant, $2 case, $3 version, $4 likenesses, $5 places, $6 values,
-- $7 account or null, $8 captured at, then of the slots: $9 likenesses, $10 places, $11 slots.
WITH noted AS (
  INSERT INTO fingerprints (tenant, case_id, version, likeness, place, value, account, captured_at)
  SELECT $1, $2, $3, f.likeness, f.place, f.value, $7, $8
  FROM unnest($4::text[], $5::smallint[], $6::bytea[]) AS f (likeness, place, value)
)
INSERT INTO fingerprint_slots (tenant, likeness, slot, case_id, version, place)
SELECT $1, s.likeness, s.slot, $2, $3, s.place
FROM unnest($9::text[], $10::smallint[], $11::integer[]) AS s (likeness, place, slot);

-- repeated_by_author --
-- How many other cases are about the same words of the same author. $1 tenant, $2 case, $3 since.
SELECT count(DISTINCT other.case_id) FROM fingerprints AS own
JOIN fingerprints AS other ON other.tenant = own.tenant AND other.likeness = 'words' AND other.value = own.value
  AND other.account = own.account
WHERE own.tenant = $1 AND own.case_id = $2 AND own.likeness = 'words' AND other.case_id <> $2 AND other.captured_at >= $3;

-- copies_of --
-- Cases about what is alike to this one's latest version as theirs is now, the likest first. Differing: of 16 values (words)
-- or of 256 bits (pictures). $1 tenant, $2 case, $3 likenesses looked for, $4 values and $5 bits that may differ, $6 limit.
WITH own AS (
  SELECT f.version, f.likeness, f.place, f.value FROM fingerprints f
  WHERE f.tenant = $1 AND f.case_id = $2 AND f.likeness = ANY ($3)
    AND f.version = (SELECT max(version) FROM evidence_versions WHERE tenant = $1 AND case_id = $2)
),
exact AS (
  SELECT other.case_id, other.version, own.likeness, 0 AS differing
  FROM own
  JOIN fingerprints other ON other.tenant = $1 AND other.likeness = own.likeness AND other.value = own.value
  WHERE own.likeness IN ('content', 'words') AND other.case_id <> $2
),
candidates AS (
  SELECT DISTINCT own.likeness, own.value, near.case_id, near.version, near.place
  FROM own
  JOIN fingerprint_slots mine ON mine.tenant = $1 AND mine.case_id = $2 AND mine.version = own.version
    AND mine.likeness = own.likeness AND mine.place = own.place
  CROSS JOIN LATERAL (
    SELECT 0 AS bit UNION ALL SELECT 1 << b FROM generate_series(0, 15) AS b WHERE own.likeness = 'picture') AS flipped
  JOIN fingerprint_slots near ON near.tenant = $1 AND near.likeness = mine.likeness AND near.slot = mine.slot # flipped.bit
  WHERE near.case_id <> $2
),
compared AS (
  SELECT c.case_id, c.version, c.likeness,
    CASE c.likeness
      WHEN 'picture' THEN bit_count(('x' || encode(c.value, 'hex'))::bit(256) # ('x' || encode(f.value, 'hex'))::bit(256))
      ELSE (
        SELECT bit_count((x | x >> 1 | x >> 2 | x >> 3) & B'0001000100010001000100010001000100010001000100010001000100010001')
        FROM (SELECT ('x' || encode(c.value, 'hex'))::bit(64) # ('x' || encode(f.value, 'hex'))::bit(64) AS x) AS apart)
    END AS differing
  FROM candidates c
  JOIN fingerprints f ON f.tenant = $1 AND f.case_id = c.case_id AND f.version = c.version AND f.likeness = c.likeness
    AND f.place = c.place
),
alike AS (
  SELECT * FROM exact
  UNION ALL
  SELECT * FROM compared WHERE differing <= CASE likeness WHEN 'picture' THEN $5::integer ELSE $4::integer END
),
likest AS (
  SELECT DISTINCT ON (a.case_id) a.case_id, a.version, a.likeness, a.differing
  FROM alike a
  WHERE split_part(a.case_id, '/', 3) = split_part($2, '/', 3)
    AND a.version = (SELECT max(e.version) FROM evidence_versions e WHERE e.tenant = $1 AND e.case_id = a.case_id)
  ORDER BY a.case_id, array_position(ARRAY['content', 'words', 'wording', 'picture'], a.likeness), a.differing
)
SELECT case_id, version, likeness, differing FROM likest
ORDER BY array_position(ARRAY['content', 'words', 'wording', 'picture'], likeness), differing, case_id
LIMIT $6;

-- note_derived --
-- A decision is brought to these cases. $1 tenant, $2 source case, $3 source decision, $4 cases, $5 at.
INSERT INTO derived_decisions (tenant, source_case, source_decision, case_id, brought_at)
SELECT $1, $2, $3, unnest($4::text[]), $5
ON CONFLICT DO NOTHING;

-- derived_from --
-- The cases a decision was brought to. $1 tenant, $2 source case, $3 source decision.
SELECT case_id FROM derived_decisions WHERE tenant = $1 AND source_case = $2 AND source_decision = $3 ORDER BY case_id;
