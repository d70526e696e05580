-- add_subject --
INSERT INTO subjects (kind, id, form, author_id, community_id, parent_id, counterparty_id, name, address, text,
  language, country, surface, attachments, amount, currency, sensitive, masked, likes, reach, created_at, revision,
  content_version, draft_digest)
VALUES (:kind, :id, :form, :author_id, :community_id, :parent_id, :counterparty_id, :name, :address, :text,
  :language, :country, :surface, :attachments, :amount, :currency, :sensitive, :masked, :likes, :reach, :created_at, 1,
  :content_version, :draft_digest);

-- subject --
SELECT * FROM subjects WHERE kind = :kind AND id = :id;

-- subjects_of_kind --
-- :ids is a JSON array.
SELECT * FROM subjects WHERE kind = :kind AND id IN (SELECT value FROM json_each(:ids));

-- edit_subject --
UPDATE subjects SET text = :text, name = :name, sensitive = :sensitive, masked = :masked, edited_at = :edited_at,
  revision = :revision, content_version = :content_version
WHERE kind = :kind AND id = :id;

-- count_reactions --
UPDATE subjects SET likes = :likes, reach = :reach WHERE kind = :kind AND id = :id;

-- set_deleted --
UPDATE subjects SET deleted_at = :deleted_at WHERE kind = :kind AND id = :id;

-- destroy --
INSERT INTO destroyed (kind, id, destroyed_at) VALUES (:kind, :id, :destroyed_at);

-- forget_subject --
DELETE FROM subjects WHERE kind = :kind AND id = :id;

-- forget_target --
DELETE FROM targets WHERE kind = :kind AND id = :id;

-- empty_subject --
UPDATE subjects SET text = '', name = NULL, attachments = '[]', draft_digest = '' WHERE kind = :kind AND id = :id;

-- destroyed --
SELECT destroyed_at FROM destroyed WHERE kind = :kind AND id = :id;

-- add_upload --
INSERT OR IGNORE INTO uploads (sha256, content) VALUES (:sha256, :content);

-- upload --
SELECT content FROM uploads WHERE sha256 = :sha256;

-- forget_uploads --
DELETE FROM uploads;

-- drop_uploads --
-- Of a subject that is destroyed, unless something else shows them. Before it is emptied.
DELETE FROM uploads WHERE sha256 IN (
  SELECT json_extract(one.value, '$.sha256') FROM subjects, json_each(subjects.attachments) AS one
  WHERE subjects.kind = :kind AND subjects.id = :id
) AND sha256 NOT IN (
  SELECT json_extract(one.value, '$.sha256') FROM subjects, json_each(subjects.attachments) AS one
  WHERE NOT (subjects.kind = :kind AND subjects.id = :id)
);

-- feed --
-- Newest posts and transactions below a sequence number; :id narrows to one.
SELECT * FROM subjects
WHERE form IN ('post', 'transaction') AND sequence < :before AND (:id IS NULL OR id = :id)
ORDER BY sequence DESC LIMIT :limit;

-- single_content --
SELECT * FROM subjects WHERE kind IN ('content', 'transaction') AND id = :id ORDER BY sequence LIMIT 1;

-- comments_below --
-- :ids is a JSON array of parents; oldest first, at most :limit in all.
SELECT * FROM subjects WHERE form = 'comment' AND parent_id IN (SELECT value FROM json_each(:ids))
ORDER BY sequence LIMIT :limit;

-- made_by --
SELECT * FROM subjects WHERE author_id = :id AND kind = 'content' AND deleted_at IS NULL
ORDER BY sequence DESC LIMIT :limit;

-- posted_in --
SELECT * FROM subjects WHERE community_id = :id AND kind = 'content' AND deleted_at IS NULL
ORDER BY sequence DESC LIMIT :limit;

-- people_and_communities --
-- Those under a measure first, then the newest.
SELECT subjects.* FROM subjects
LEFT JOIN (SELECT DISTINCT kind, id FROM targets WHERE measures <> '[]') AS restricted USING (kind, id)
WHERE form IN ('account', 'community')
ORDER BY restricted.id IS NULL, subjects.sequence DESC LIMIT :limit;

-- count_by_form --
SELECT form, count(*) AS number, count(deleted_at) AS deleted FROM subjects GROUP BY form;

-- restricted_targets --
SELECT kind, id, measures FROM targets WHERE measures <> '[]';

-- target --
SELECT * FROM targets WHERE tenant = :tenant AND kind = :kind AND id = :id;

-- targets_of --
SELECT * FROM targets WHERE kind = :kind AND id = :id ORDER BY tenant;

-- targets_of_many --
-- :ids is a JSON array.
SELECT * FROM targets WHERE kind = :kind AND id IN (SELECT value FROM json_each(:ids)) ORDER BY tenant;

-- put_target --
INSERT INTO targets (tenant, kind, id, target_version, measures, order_id, applied_at)
VALUES (:tenant, :kind, :id, :target_version, :measures, :order_id, :applied_at)
ON CONFLICT (tenant, kind, id) DO UPDATE SET target_version = excluded.target_version, measures = excluded.measures,
  order_id = excluded.order_id, applied_at = excluded.applied_at;

-- remember_key --
INSERT INTO idempotency_keys (key, body_digest, first_seen_at) VALUES (:key, :body_digest, :first_seen_at)
ON CONFLICT (key) DO NOTHING;

-- digest_of_key --
SELECT body_digest FROM idempotency_keys WHERE key = :key;

-- write_log --
INSERT INTO log (at, event, tenant, order_id, kind, id, target_version, version_in_force, http_status, outcome, measures)
VALUES (:at, :event, :tenant, :order_id, :kind, :id, :target_version, :version_in_force, :http_status, :outcome, :measures);

-- read_log --
SELECT * FROM log WHERE sequence > :after ORDER BY sequence LIMIT :limit;

-- orders_page --
-- Newest first, with how often each order had come before.
SELECT log.*, (SELECT count(*) FROM log AS earlier WHERE earlier.order_id = log.order_id
  AND earlier.event = 'order' AND earlier.sequence < log.sequence) AS came_before
FROM log WHERE event = 'order' AND sequence < :before AND (:id IS NULL OR id = :id) ORDER BY sequence DESC LIMIT :limit;

-- count_outcomes --
SELECT outcome, count(*) AS number FROM log WHERE event = 'order' GROUP BY outcome ORDER BY outcome;

-- forget_subjects --
DELETE FROM subjects;

-- forget_targets --
DELETE FROM targets;

-- forget_keys --
DELETE FROM idempotency_keys;

-- forget_log --
DELETE FROM log;

-- communities --
SELECT * FROM subjects WHERE form = 'community' ORDER BY sequence DESC LIMIT :limit;

-- add_member --
INSERT INTO members (community_id, account_id, role) VALUES (:community_id, :account_id, :role)
ON CONFLICT (community_id, account_id) DO UPDATE SET role = excluded.role;

-- members_of --
-- :roles is a JSON array; the longest-standing first.
SELECT * FROM members WHERE community_id = :community_id AND role IN (SELECT value FROM json_each(:roles))
ORDER BY sequence;

-- count_members --
SELECT count(*) AS number FROM members WHERE community_id = :community_id;

-- forget_members --
DELETE FROM members;

-- put_payment --
INSERT INTO payments (id, state, changed_at) VALUES (:id, :state, :changed_at);

-- payment_changes --
SELECT state, changed_at FROM payments WHERE id = :id ORDER BY sequence;

-- forget_payments --
DELETE FROM payments;
