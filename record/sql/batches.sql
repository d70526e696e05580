-- earlier_messages --
-- Which of these ids came before, and as what. $1 tenant, $2 message ids.
SELECT message_id, stream_id, number, digest, received_at FROM inbox WHERE tenant = $1 AND message_id = ANY ($2);

-- ensure_scopes --
-- Cases and keys for many messages, made where missing. $1 tenant, then one array each: $2 cases, $3 kinds, $4 people ('' for
-- the case itself), $5 candidates' ids, $6 candidates wrapped; $7 KEK version, $8 now.
SELECT place, key_id, wrapped, kek_version FROM ensure_scopes($1, $2, $3, $4, $5, $6, $7, $8);

-- accept_batch --
-- Many new messages. $1 tenant, then one array each: $2 streams, $3 sealed subjects, $4 keys, $5 persons' keys, $6 kinds,
-- $7 message ids, $8 digests, $9 contents, $10 personal parts, $11 people, $12 keys of the addresses, $13 roles, $14 areas,
-- $15 contacts, $16 contactable; $17 received at.
SELECT place, number, ring
FROM accept_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ORDER BY place;

-- unfinished_messages --
-- How many messages of the tenant wait to be taken (stream null), counted no further than the limit, and how many of each
-- stream of which many do. $1 tenant, $2 limit, $3 how many are many.
SELECT stream_id, count(*) AS messages
FROM (SELECT stream_id FROM inbox WHERE tenant = $1 AND consumed_at IS NULL LIMIT $2) AS unread
GROUP BY GROUPING SETS ((), (stream_id))
HAVING stream_id IS NULL OR count(*) >= $3;
