-- add_statement --
INSERT INTO statements (uuid, platform_id, platform_name, puid, method, created_at, body)
VALUES (:uuid, :platform_id, :platform_name, :puid, :method, :created_at, :body) RETURNING id;

-- statement --
SELECT * FROM statements WHERE uuid = :uuid;

-- statements --
-- Newest first; a NULL puid matches all.
SELECT * FROM statements WHERE id < :before AND (:puid IS NULL OR puid = :puid) ORDER BY id DESC LIMIT :limit;

-- count_statements --
SELECT count(*) FROM statements WHERE (:puid IS NULL OR puid = :puid);

-- take_puid --
INSERT INTO puids (platform_id, puid) VALUES (:platform_id, :puid) ON CONFLICT DO NOTHING;

-- is_taken --
SELECT puid FROM puids WHERE platform_id = :platform_id AND puid = :puid;

-- is_cached --
SELECT puid FROM puid_cache WHERE platform_id = :platform_id AND puid = :puid AND expires_at > :now;

-- cache_puid --
INSERT INTO puid_cache (platform_id, puid, expires_at) VALUES (:platform_id, :puid, :expires_at)
ON CONFLICT (platform_id, puid) DO UPDATE SET expires_at = excluded.expires_at;

-- write_log --
INSERT INTO log (at, event, http_status, outcome, puids, fields)
VALUES (:at, :event, :http_status, :outcome, :puids, :fields);

-- read_log --
SELECT * FROM log WHERE sequence > :after ORDER BY sequence LIMIT :limit;

-- forget_statements --
DELETE FROM statements;

-- forget_puids --
DELETE FROM puids;

-- forget_cache --
DELETE FROM puid_cache;

-- forget_log --
DELETE FROM log;
