-- What is alike is compared once, and an author's repetitions are counted from an index of their own: in a flood of the same
-- words both grew with its square, until the tables were first analysed.

-- Who said the same words how often, counted from one index however many others say them.
CREATE INDEX fingerprints_by_author ON fingerprints (tenant, account, value, captured_at DESC) WHERE likeness = 'words';

-- What is alike, as a function: it is shown, counted, and told apart by time and account.
CREATE OR REPLACE FUNCTION alike_cases(p_tenant text, p_case text, p_likenesses text[], p_values integer, p_bits integer)
RETURNS TABLE (case_id text, version integer, likeness text, differing integer, account text, captured_at timestamptz)
LANGUAGE sql STABLE AS $$
WITH own AS (
  SELECT f.version, f.likeness, f.place, f.value FROM fingerprints f
  WHERE f.tenant = p_tenant AND f.case_id = p_case AND f.likeness = ANY (p_likenesses)
    AND f.version = (SELECT max(version) FROM evidence_versions WHERE tenant = p_tenant AND case_id = p_case)
),
exact AS (
  SELECT other.case_id, other.version, own.likeness, 0 AS differing,
    other.account, other.captured_at
  FROM own
  CROSS JOIN LATERAL (
    SELECT f.case_id, f.version, f.account, f.captured_at FROM fingerprints f
    WHERE f.tenant = p_tenant AND f.likeness = own.likeness AND f.value = own.value
      AND f.likeness IN ('content', 'words') AND f.case_id <> p_case
    ORDER BY f.captured_at DESC LIMIT 1000) AS other
),
candidates AS (
  SELECT DISTINCT own.likeness, own.value, near.case_id, near.version, near.place
  FROM own
  JOIN fingerprint_slots mine ON mine.tenant = p_tenant AND mine.case_id = p_case AND mine.version = own.version
    AND mine.likeness = own.likeness AND mine.place = own.place
  CROSS JOIN LATERAL (
    SELECT 0 AS bit UNION ALL SELECT 1 << b FROM generate_series(0, 15) AS b WHERE own.likeness = 'picture') AS flipped
  CROSS JOIN LATERAL (
    SELECT s.case_id, s.version, s.place FROM fingerprint_slots s
    WHERE s.tenant = p_tenant AND s.likeness = mine.likeness AND s.slot = mine.slot # flipped.bit AND s.case_id <> p_case
    LIMIT 1000) AS near
  WHERE (near.case_id, near.version) NOT IN (SELECT e.case_id, e.version FROM exact e)  -- hashed, whatever is estimated
),
compared AS (
  SELECT c.case_id, c.version, c.likeness,
    CASE c.likeness
      WHEN 'picture' THEN bit_count(('x' || encode(c.value, 'hex'))::bit(256) # ('x' || encode(f.value, 'hex'))::bit(256))
      ELSE (
        SELECT bit_count((x | x >> 1 | x >> 2 | x >> 3) & B'0001000100010001000100010001000100010001000100010001000100010001')
        FROM (SELECT ('x' || encode(c.value, 'hex'))::bit(64) # ('x' || encode(f.value, 'hex'))::bit(64) AS x) AS apart)
    END AS differing,
    f.account, f.captured_at
  FROM candidates c
  JOIN fingerprints f ON f.tenant = p_tenant AND f.case_id = c.case_id AND f.version = c.version AND f.likeness = c.likeness
    AND f.place = c.place
),
alike AS (
  SELECT * FROM exact
  UNION ALL
  SELECT * FROM compared WHERE differing <= CASE likeness WHEN 'picture' THEN p_bits::integer ELSE p_values::integer END
),
likest AS (
  SELECT DISTINCT ON (a.case_id, a.version) a.case_id, a.version, a.likeness, a.differing, a.account, a.captured_at
  FROM alike a
  WHERE split_part(a.case_id, '/', 3) = split_part(p_case, '/', 3)
  ORDER BY a.case_id, a.version, array_position(ARRAY['content', 'words', 'wording', 'picture'], a.likeness), a.differing
)
SELECT l.case_id, l.version, l.likeness, l.differing, l.account, l.captured_at
FROM likest l
WHERE l.version = (SELECT max(e.version) FROM evidence_versions e WHERE e.tenant = p_tenant AND e.case_id = l.case_id)
ORDER BY l.case_id;
$$;
