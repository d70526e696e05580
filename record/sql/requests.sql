-- add_to_request --
-- Notes what a message gave of a removal request; what was given up to and with it. $1 tenant, $2 stream, $3 request,
-- $4 inbox number, $5 elements given.
WITH added AS (
  INSERT INTO removal_requests (tenant, stream_id, request_id, number, given) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT DO NOTHING
)
SELECT array_agg(DISTINCT one) FROM (
  SELECT unnest(given) AS one FROM removal_requests
  WHERE tenant = $1 AND stream_id = $2 AND request_id = $3 AND number < $4
  UNION
  SELECT unnest($5::text[])
) AS so_far;

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
