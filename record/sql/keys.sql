-- ensure_case_key --
-- The case's live key. $1 tenant, $2 case, $3 candidate's id, $4 candidate wrapped, $5 KEK version, $6 now.
SELECT key_id, wrapped, kek_version FROM ensure_case_key($1, $2, $3, $4, $5, $6);

-- ensure_key --
-- The live key of a person in a case, or of the tenant (case ''). $1 tenant, $2 case, $3 person, $4 candidate's id,
-- $5 candidate wrapped, $6 KEK version, $7 now.
SELECT key_id, wrapped, kek_version FROM ensure_key($1, $2, $3, $4, $5, $6, $7);

-- key_of_workflow --
-- The live key of the case a workflow belongs to. $1 tenant, $2 workflow id.
SELECT case_id, key_id, wrapped, kek_version FROM key_of_workflow($1, $2);

-- keys_by_id --
-- Keys by id, destroyed ones included. $1 tenant, $2 key ids.
SELECT key_id, wrapped, kek_version FROM keys_by_id($1, $2);

-- ensure_installation_key --
-- The candidate becomes the installation's key unless there is one. $1 candidate's id, $2 wrapped, $3 KEK version.
INSERT INTO installation_keys (key_id, wrapped, kek_version, live) VALUES ($1, $2, $3, true) ON CONFLICT DO NOTHING;

-- installation_key --
-- The installation's one key.
SELECT key_id, wrapped, kek_version FROM installation_keys;

-- is_sealed --
-- Whether the installation, or the transaction's tenant, has a key already: the KEK that wrapped it is needed for good.
SELECT EXISTS (SELECT FROM installation_keys) OR EXISTS (SELECT FROM tenant_secrets);

-- map_workflow --
-- A workflow started for a case uses that case's key. $1 tenant, $2 workflow id, $3 case.
INSERT INTO key_scopes (tenant, workflow_id, case_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- open_stream --
-- A stream of events of its own, for an appeal of a case. $1 tenant, $2 stream, $3 case.
INSERT INTO streams (tenant, stream_id, case_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- lock_streams_of_case --
-- Whatever is being written under the case's key is committed before, and nothing new begins. $1 tenant, $2 case.
SELECT stream_id FROM streams WHERE tenant = $1 AND case_id = $2 ORDER BY stream_id FOR UPDATE;

-- destroy_keys --
-- Remove wrapped keys for good: a person's in the case ($3), or the case's with everybody's in it ($3 null). $4 now.
UPDATE data_keys SET wrapped = NULL, destroyed_at = $4
WHERE tenant = $1 AND case_id = $2 AND ($3::text IS NULL OR person = $3) AND destroyed_at IS NULL
RETURNING key_id;

-- forget_people --
-- What is left of people whose key was destroyed: that someone was there. $1 tenant, $2 case, $3 person or null: all.
WITH unmarked AS (
  UPDATE case_reports SET account = '', account_created_at = NULL, network = '', campaign = '', words = '{}'
  WHERE tenant = $1 AND case_id = $2 AND ($3::text IS NULL OR person = $3)
), untold AS (
  DELETE FROM reporter_outcomes WHERE tenant = $1 AND case_id = $2 AND ($3::text IS NULL OR person = $3)
)
UPDATE case_people SET contact = NULL, contactable = false, address_key = ''
WHERE tenant = $1 AND case_id = $2 AND ($3::text IS NULL OR person = $3);

-- forget_subject --
-- After the case's key is gone: its subject, the digest of what was judged, which a short text could be guessed from, by what
-- it would be known again, and the bytes of its attachments, which nothing opens any more: how many. $1 tenant, $2 case.
WITH forgotten AS (
  UPDATE cases SET subject = NULL WHERE tenant = $1 AND case_id = $2
), unmarked AS (
  DELETE FROM fingerprints WHERE tenant = $1 AND case_id = $2
), unplaced AS (
  DELETE FROM fingerprint_slots WHERE tenant = $1 AND case_id = $2
), emptied AS (
  DELETE FROM evidence_media WHERE tenant = $1 AND case_id = $2 RETURNING content
), tasks AS MATERIALIZED (
  SELECT stream_id, task_id FROM review_tasks WHERE tenant = $1 AND case_id = $2 ORDER BY stream_id, task_id FOR UPDATE
), unnamed AS (
  UPDATE review_tasks t SET evidence_digest = '' FROM tasks
  WHERE t.tenant = $1 AND t.stream_id = tasks.stream_id AND t.task_id = tasks.task_id
)
SELECT count(content) FROM emptied;

-- lock_with_people --
-- The case's lock, and the live keys in it of several people. $1 tenant, $2 case, $3 people in order, $4 candidates' ids,
-- $5 candidates wrapped, $6 KEK version, $7 now.
SELECT person, key_id, wrapped, kek_version FROM lock_with_people($1, $2, $3, $4, $5, $6, $7);

-- ensure_person_keys --
-- The live keys of several people in a case. $1 tenant, $2 case, $3 people, $4 candidates' ids, $5 candidates wrapped,
-- $6 KEK version, $7 now.
SELECT key.person, key.key_id, key.wrapped, key.kek_version
FROM unnest($3::text[], $4::text[], $5::bytea[]) AS wanted (person, key_id, wrapped),
  LATERAL ensure_key($1, $2, wanted.person, wanted.key_id, wanted.wrapped, $6, $7) AS key;
