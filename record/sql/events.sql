-- append_events --
-- Append under the stream's lock; the first writer wins; sets its tenant itself. $1 tenant, $2 stream, $3 key, $4 recorded
-- at, $5 event ids, $6 kinds, $7 occurred at, $8 sealed bodies, $9 who decided, $10 projection or null.
SELECT sequence, event_id, occurred_at, body, fresh FROM append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb);

-- lock_stream --
-- The stream's lock, and the sequence of its newest event. $1 tenant, $2 stream.
SELECT event_sequence FROM streams WHERE tenant = $1 AND stream_id = $2 FOR UPDATE;

-- write_projection --
-- The rows beside the events, under the stream's lock. $1 tenant, $2 stream, $3 projection, $4 now.
SELECT write_projection($1, $2, $3::jsonb, $4);

-- events_after --
-- The next events of a stream, in sequence. $1 tenant, $2 stream, $3 after this sequence, $4 limit, or null.
SELECT sequence, event_id, occurred_at, recorded_at, body FROM case_events
WHERE tenant = $1 AND stream_id = $2 AND sequence > $3
ORDER BY sequence
LIMIT $4;

-- broken_links --
-- Where a stream's chain does not hold, at most 100 places: each event must follow the one before without a gap, and its
-- hash must be what the next one (for the newest: the stream) says. $1 tenant, $2 stream.
WITH events AS (
  SELECT e.*,
    lag(e.sequence, 1, 0::bigint) OVER chain AS sequence_before,
    lead(e.previous_hash) OVER chain AS hash_after,
    record_hash(e.previous_hash, e.tenant, e.stream_id, e.sequence, e.event_id, e.kind, e.occurred_at, e.recorded_at,
                e.body) AS own_hash
  FROM case_events e
  WHERE e.tenant = $1 AND e.stream_id = $2
  WINDOW chain AS (ORDER BY e.sequence)
),
head AS (
  SELECT s.event_sequence, s.last_hash FROM streams s WHERE s.tenant = $1 AND s.stream_id = $2
),
breaks AS (
  SELECT sequence, 'missing' AS problem FROM events WHERE sequence <> sequence_before + 1
  UNION ALL
  SELECT sequence, 'changed' FROM events, head
  WHERE own_hash <> coalesce(hash_after, CASE WHEN sequence = event_sequence THEN last_hash ELSE own_hash END)
  UNION ALL
  SELECT sequence, 'changed' FROM events WHERE sequence = 1 AND previous_hash <> '\x'
  UNION ALL
  SELECT event_sequence, 'missing' FROM head
  WHERE event_sequence <> coalesce((SELECT max(sequence) FROM events), 0)
)
SELECT sequence, problem FROM breaks ORDER BY sequence, problem LIMIT 100;

-- streams_after --
-- Streams by name, a page at a time. $1 tenant, $2 after this one, $3 limit.
SELECT stream_id FROM streams WHERE tenant = $1 AND stream_id > $2 ORDER BY stream_id LIMIT $3;
