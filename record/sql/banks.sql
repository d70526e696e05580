-- note_bank_message --
-- Keep what a message was; nothing where one of its id came before. $1 tenant, $2 message, $3 digest, $4 at.
INSERT INTO bank_messages (tenant, message_id, digest, came_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING true;

-- bank_message --
-- What the message of this id was. $1 tenant, $2 message.
SELECT digest FROM bank_messages WHERE tenant = $1 AND message_id = $2;

-- make_bank --
-- Unless there is one of its name. $1 tenant, $2 bank, $3 label, $4 kind, $5 source, $6 sharing, $7 bits, $8 by, $9 at.
INSERT INTO banks (tenant, bank, label, kind, source, sharing, within_bits, matching, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, true, $8, $9) ON CONFLICT DO NOTHING RETURNING true;

-- bank_rows --
-- Every bank, or one, with how many entries it has and had. $1 tenant, $2 bank or null.
SELECT b.bank, b.label, b.kind, b.source, b.sharing, b.within_bits, b.matching,
  (count(e.entry_id) FILTER (WHERE e.removed_at IS NULL AND e.fell_at IS NULL))::integer AS entries,
  (count(e.entry_id) FILTER (WHERE e.removed_at IS NOT NULL))::integer AS removed,
  (count(e.entry_id) FILTER (WHERE e.removed_at IS NULL AND e.fell_at IS NOT NULL))::integer AS fallen
FROM banks b LEFT JOIN bank_entries e ON e.tenant = b.tenant AND e.bank = b.bank
WHERE b.tenant = $1 AND ($2::text IS NULL OR b.bank = $2)
GROUP BY b.tenant, b.bank ORDER BY b.bank;

-- set_bank_matching --
-- Look in it, or not. $1 tenant, $2 bank, $3 whether.
UPDATE banks SET matching = $3 WHERE tenant = $1 AND bank = $2 RETURNING true;

-- add_bank_entries --
-- Those that it does not have and never had; what rests on a decision of ours stands on a list, or where it fell on this, now. $1 tenant, $2 bank, $3 entry ids,
-- $4 values, $5 references, $6 by, $7 at, and the decision they rest on, or null for a list: $8 case, $9 decision.
INSERT INTO bank_entries (tenant, bank, entry_id, value, reference, added_by, added_at, case_id, decision_id)
SELECT $1, $2, e.entry_id, e.value, e.reference, $6, $7, $8, $9
FROM unnest($3::text[], $4::bytea[], $5::text[]) AS e (entry_id, value, reference)
ON CONFLICT (tenant, bank, entry_id) DO UPDATE SET reference = excluded.reference, added_by = excluded.added_by,
  added_at = excluded.added_at, case_id = excluded.case_id, decision_id = excluded.decision_id, fell_at = NULL
WHERE bank_entries.removed_at IS NULL AND bank_entries.case_id IS NOT NULL AND (excluded.case_id IS NULL
  OR bank_entries.fell_at IS NOT NULL AND (bank_entries.case_id, bank_entries.decision_id) <> (excluded.case_id, excluded.decision_id))
RETURNING entry_id;

-- fell_with_decision --
-- Entries that rest on a decision that was reversed match no more. $1 tenant, $2 case, $3 decision, $4 at.
UPDATE bank_entries SET fell_at = coalesce(fell_at, $4) WHERE tenant = $1 AND case_id = $2 AND decision_id = $3;

-- fallen_entries --
-- Which fell and nobody has looked at, the oldest first, each with where it had matched. $1 tenant, $2 bank, $3 limit of
-- entries, $4 limit of cases.
SELECT e.entry_id, e.case_id, e.decision_id, e.fell_at, ARRAY(
  SELECT m.case_id FROM bank_matches m WHERE m.tenant = $1 AND m.bank = $2 AND m.entry_id = e.entry_id
  GROUP BY m.case_id ORDER BY max(m.matched_at) DESC, m.case_id LIMIT $4) AS matched
FROM bank_entries e
WHERE e.tenant = $1 AND e.bank = $2 AND e.fell_at IS NOT NULL AND e.removed_at IS NULL
ORDER BY e.fell_at, e.entry_id LIMIT $3;

-- add_bank_slots --
-- Of entries just added. $1 tenant, $2 bank, $3 entry ids, $4 slots.
INSERT INTO bank_slots (tenant, slot, bank, entry_id)
SELECT $1, s.slot, $2, s.entry_id FROM unnest($3::text[], $4::integer[]) AS s (entry_id, slot) ON CONFLICT DO NOTHING;

-- remove_bank_entry --
-- A false one; when it was removed, also where it was before. $1 tenant, $2 bank, $3 entry, $4 by, $5 at, $6 sealed reason.
UPDATE bank_entries SET removed_by = coalesce(removed_by, $4), removed_at = coalesce(removed_at, $5),
  removal_reason = coalesce(removal_reason, $6)
WHERE tenant = $1 AND bank = $2 AND entry_id = $3 RETURNING removed_at;

-- drop_bank_slots --
-- Of an entry that was removed. $1 tenant, $2 bank, $3 entry.
DELETE FROM bank_slots WHERE tenant = $1 AND bank = $2 AND entry_id = $3;

-- matched_by_entry --
-- Cases in which it matched, the newest first. $1 tenant, $2 bank, $3 entry, $4 limit.
SELECT case_id FROM bank_matches WHERE tenant = $1 AND bank = $2 AND entry_id = $3
GROUP BY case_id ORDER BY max(matched_at) DESC, case_id LIMIT $4;

-- bank_labels --
-- What a picture may be matched as. $1 tenant.
SELECT DISTINCT label, kind FROM banks WHERE tenant = $1 AND matching ORDER BY label, kind;

-- match_banks --
-- Entries that these pictures are, or nearly are. A near one has a slot that differs by one bit at most, up to 31 bits in all.
-- $1 tenant, $2 SHA-256 values, $3 PDQ values, then of the slots of these: $4 places (from 0), $5 slots.
WITH near AS (
  SELECT DISTINCT s.bank, s.entry_id, p.value
  FROM unnest($4::integer[], $5::integer[]) AS q (place, slot)
  JOIN unnest($3::bytea[]) WITH ORDINALITY AS p (value, number) ON p.number = q.place + 1
  CROSS JOIN LATERAL (SELECT 0 AS bit UNION ALL SELECT 1 << b FROM generate_series(0, 15) AS b) AS flipped
  JOIN bank_slots s ON s.tenant = $1 AND s.slot = q.slot # flipped.bit
),
found AS (
  SELECT e.bank, e.entry_id, e.case_id, e.decision_id, 0 AS differing FROM bank_entries e
  WHERE e.tenant = $1 AND e.removed_at IS NULL AND e.fell_at IS NULL AND e.value = ANY ($2::bytea[])
    AND EXISTS (SELECT FROM banks b WHERE b.tenant = $1 AND b.bank = e.bank AND b.kind = 'sha256')
  UNION ALL
  SELECT e.bank, e.entry_id, e.case_id, e.decision_id,
    bit_count(('x' || encode(n.value, 'hex'))::bit(256) # ('x' || encode(e.value, 'hex'))::bit(256))::integer
  FROM near n JOIN bank_entries e ON e.tenant = $1 AND e.bank = n.bank AND e.entry_id = n.entry_id
    AND e.removed_at IS NULL AND e.fell_at IS NULL
)
SELECT DISTINCT ON (f.bank, f.entry_id) f.bank, f.entry_id, b.label, b.kind, f.differing, f.case_id, f.decision_id
FROM found f JOIN banks b ON b.tenant = $1 AND b.bank = f.bank
WHERE b.matching AND f.differing <= b.within_bits
ORDER BY f.bank, f.entry_id, f.differing;

-- note_bank_matches --
-- $1 tenant, $2 case, $3 version, $4 banks, $5 entries, $6 bits that differ, $7 at.
INSERT INTO bank_matches (tenant, bank, entry_id, case_id, version, differing, matched_at)
SELECT $1, m.bank, m.entry_id, $2, $3, m.differing, $7
FROM unnest($4::text[], $5::text[], $6::integer[]) AS m (bank, entry_id, differing)
ON CONFLICT DO NOTHING;

-- shared_entries --
-- Live entries of a bank, page by page. $1 tenant, $2 bank, $3 after, $4 limit.
SELECT entry_id, value, reference FROM bank_entries
WHERE tenant = $1 AND bank = $2 AND removed_at IS NULL AND fell_at IS NULL AND entry_id > $3 ORDER BY entry_id LIMIT $4;
