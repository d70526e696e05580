-- latest_evidence --
-- The newest version, under the case's lock. $1 tenant, $2 case.
SELECT version, facts FROM evidence_versions WHERE tenant = $1 AND case_id = $2 ORDER BY version DESC LIMIT 1;

-- keep_evidence --
-- A new version. $1 tenant, $2 case, $3 version, $4 sealed facts, $5 sealed content, $6 captured at.
INSERT INTO evidence_versions (tenant, case_id, version, facts, content, captured_at) VALUES ($1, $2, $3, $4, $5, $6);

-- evidence_version --
-- One version's sealed content. $1 tenant, $2 case, $3 version.
SELECT content FROM evidence_versions WHERE tenant = $1 AND case_id = $2 AND version = $3;

-- evidence_facts --
-- Every version's sealed facts. $1 tenant, $2 case.
SELECT version, facts FROM evidence_versions WHERE tenant = $1 AND case_id = $2 ORDER BY version;

-- keep_medium --
-- An attachment's bytes, or why they are not there; bytes that are there stay. $1 tenant, $2 case, $3 key, $4 sealed facts,
-- $5 sealed content or null, $6 why missing or null, $7 now, $8 when it is tried again unless something comes of it before, or
-- null. Where the case was assessed without it, that stands until the case has heard.
INSERT INTO evidence_media (tenant, case_id, media_key, facts, content, missing, captured_at, next_try_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant, case_id, media_key) DO UPDATE
  SET facts = excluded.facts, content = excluded.content, missing = excluded.missing, captured_at = excluded.captured_at,
    next_try_at = CASE WHEN evidence_media.missed THEN evidence_media.next_try_at ELSE excluded.next_try_at END
  WHERE evidence_media.content IS NULL;

-- media_facts --
-- What is known of these attachments. $1 tenant, $2 case, $3 keys.
SELECT media_key, facts, missing, captured_at FROM evidence_media WHERE tenant = $1 AND case_id = $2 AND media_key = ANY ($3);

-- medium --
-- One attachment's sealed bytes. $1 tenant, $2 case, $3 key.
SELECT content FROM evidence_media WHERE tenant = $1 AND case_id = $2 AND media_key = $3 AND content IS NOT NULL;

-- picture_hashes --
-- What pictures were found to be, sealed; of those that were read. $1 tenant, $2 case, $3 keys.
SELECT media_key, hashes FROM evidence_media
WHERE tenant = $1 AND case_id = $2 AND media_key = ANY ($3) AND hashes IS NOT NULL;

-- keep_picture_hashes --
-- What was read before the case was assessed is waited for no more. $1 tenant, $2 case, $3 key, $4 sealed hashes, $5 whether it is
-- to be read once more.
UPDATE evidence_media SET hashes = $4, next_try_at = CASE WHEN missed OR $5 THEN next_try_at END
WHERE tenant = $1 AND case_id = $2 AND media_key = $3 AND content IS NOT NULL;

-- report_contents --
-- What the earliest 100 reports brought. $1 tenant, $2 case.
SELECT message_id, content, personal FROM inbox
WHERE tenant = $1 AND stream_id = $2 AND kind IN ('report', 'notice')
ORDER BY number
LIMIT 100;

-- was_reported --
-- Whether a person reported the subject of a case. $1 tenant, $2 case.
SELECT EXISTS (SELECT FROM inbox WHERE tenant = $1 AND stream_id = $2 AND kind IN ('report', 'notice', 'take_it_down'));

-- put_text --
-- A text under its id, unless it is there. $1 tenant, $2 id, $3 case, $4 purpose, $5 by, $6 at, $7 digest, $8 sealed.
INSERT INTO texts (tenant, text_id, case_id, purpose, written_by, written_at, digest, content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING;

-- text --
-- A stored text. $1 tenant, $2 id.
SELECT case_id, purpose, written_by, written_at, digest, content FROM texts WHERE tenant = $1 AND text_id = $2;
