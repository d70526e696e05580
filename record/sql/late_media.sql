-- next_late_case --
-- Everything that is due of the case that waits longest, put off until the next try, or for good after the last. $1 tenant,
-- $2 now, $3 how long after each try the next one is.
WITH first AS (
  SELECT case_id FROM evidence_media WHERE tenant = $1 AND next_try_at <= $2
  ORDER BY next_try_at, case_id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE evidence_media m SET next_try_at = $2 + ($3::interval[])[m.tries], tries = least(m.tries, 100) + 1
FROM first
WHERE m.tenant = $1 AND m.case_id = first.case_id AND m.next_try_at <= $2
RETURNING m.case_id, m.media_key;

-- settle_late_media --
-- Nothing more is waited for, and the case has heard. $1 tenant, $2 case, $3 keys.
UPDATE evidence_media SET next_try_at = NULL, missed = false WHERE tenant = $1 AND case_id = $2 AND media_key = ANY ($3);

-- miss_media --
-- The case was assessed without these: whatever comes of them from now on, it hears. $1 tenant, $2 case, $3 keys, $4 now.
UPDATE evidence_media SET missed = true, next_try_at = coalesce(next_try_at, $4)
WHERE tenant = $1 AND case_id = $2 AND media_key = ANY ($3) AND NOT missed;

-- want_late_media --
-- Somebody looks, and they are not there: they are due, unless they were asked for a moment ago. $1 tenant, $2 case, $3 keys,
-- $4 now, $5 a moment ago.
UPDATE evidence_media SET missed = true, next_try_at = $4
WHERE tenant = $1 AND case_id = $2 AND media_key = ANY ($3)
  AND content IS NULL AND captured_at <= $5 AND (next_try_at IS NULL OR next_try_at > $4);
