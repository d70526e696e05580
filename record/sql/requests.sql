-- add_to_request --
-- Notes what a message said of a removal request, which may be named by any of its messages; what was said up to and with it.
-- $1 tenant, $2 stream, $3 request, $4 inbox number, $5 elements given, $6 whether it says that a minor is depicted.
WITH RECURSIVE named AS (
  SELECT $3::text AS request_id
  UNION
  SELECT part.request_id FROM named
  JOIN inbox ON inbox.tenant = $1 AND inbox.message_id = named.request_id
  JOIN removal_requests part ON part.tenant = $1 AND part.stream_id = $2 AND part.number = inbox.number
), request AS (
  SELECT named.request_id FROM named JOIN inbox ON inbox.tenant = $1 AND inbox.message_id = named.request_id
  ORDER BY inbox.number LIMIT 1
), added AS (
  INSERT INTO removal_requests (tenant, stream_id, request_id, number, given, minor)
  SELECT $1, $2, request_id, $4, $5, $6 FROM request
  ON CONFLICT DO NOTHING
), before AS (
  SELECT given, minor FROM removal_requests
  WHERE tenant = $1 AND stream_id = $2 AND request_id IN (SELECT request_id FROM named) AND number < $4
)
SELECT
  (SELECT request_id FROM request) AS request_id,
  (SELECT array_agg(DISTINCT one) FROM (SELECT unnest(given) AS one FROM before UNION SELECT unnest($5::text[])) so_far) AS given,
  $6 OR (SELECT coalesce(bool_or(minor), false) FROM before) AS minor,
  NOT EXISTS (SELECT FROM before WHERE minor OR NOT $6) AS first;

-- came_as --
-- As what a message came, where, and under which number. $1 tenant, $2 message id.
SELECT kind, stream_id, number FROM inbox WHERE tenant = $1 AND message_id = $2;

-- message_content --
-- What a message of this stream said, sealed. $1 tenant, $2 stream, $3 message id.
SELECT content FROM inbox WHERE tenant = $1 AND stream_id = $2 AND message_id = $3;

-- authority_orders_taken --
-- What authorities ordered, the newest first. $1 tenant, $2 limit, $3, $4 only what came before this time and message id,
-- or nulls.
SELECT stream_id, number, message_id, person, received_at, consumed_at FROM inbox
WHERE tenant = $1 AND kind = 'authority_order' AND ($3::timestamptz IS NULL OR (received_at, message_id) < ($3, $4::text))
ORDER BY received_at DESC, message_id DESC
LIMIT $2;

-- authority_order_taken --
-- When an authority's order came. $1 tenant, $2 message id.
SELECT received_at FROM inbox WHERE tenant = $1 AND message_id = $2 AND kind = 'authority_order';
