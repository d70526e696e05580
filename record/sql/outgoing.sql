-- enter_subscribers --
-- Those that the installation's file names for the tenant, as it has them now; they stay where they stand. $1 tenant,
-- $2 names, $3 kinds of each (joined by commas), $4 at.
INSERT INTO subscribers AS s (tenant, name, kinds, since)
SELECT $1, w.name, string_to_array(w.kinds, ','), $4 FROM unnest($2::text[], $3::text[]) AS w (name, kinds)
ON CONFLICT (tenant, name) DO UPDATE SET kinds = excluded.kinds, ended_at = NULL
WHERE s.kinds <> excluded.kinds OR s.ended_at IS NOT NULL;

-- end_subscribers --
-- Nothing is put aside any more for those that the file does not name. $1 tenant, $2 names, $3 at.
UPDATE subscribers SET ended_at = $3 WHERE tenant = $1 AND ended_at IS NULL AND name <> ALL ($2);

-- is_subscriber_stopped --
-- Whether nothing is to be sent for now; no row where there is no such subscriber. $1 tenant, $2 subscriber.
SELECT stopped_at IS NOT NULL FROM subscribers WHERE tenant = $1 AND name = $2;

-- next_outgoing --
-- What is to be sent next, but for streams whose next event was refused: order within a stream is kept. $1 tenant,
-- $2 subscriber, $3 limit.
SELECT o.number, o.stream_id, o.sequence, s.case_id, e.event_id, e.kind, e.occurred_at, e.recorded_at, e.body
FROM outgoing_events o
JOIN case_events e ON e.tenant = o.tenant AND e.stream_id = o.stream_id AND e.sequence = o.sequence
JOIN streams s ON s.tenant = o.tenant AND s.stream_id = o.stream_id
WHERE o.tenant = $1 AND o.subscriber = $2 AND NOT EXISTS (
  SELECT FROM outgoing_events r
  WHERE r.tenant = o.tenant AND r.subscriber = o.subscriber AND r.stream_id = o.stream_id AND r.refused_at IS NOT NULL)
ORDER BY o.number
LIMIT $3;

-- note_events_sent --
-- What the subscriber took needs no sending any more. $1 tenant, $2 subscriber, $3 numbers, $4 at.
WITH sent AS (
  DELETE FROM outgoing_events WHERE tenant = $1 AND subscriber = $2 AND number = ANY ($3) RETURNING number
)
UPDATE subscribers SET delivered = delivered + (SELECT count(*) FROM sent), delivered_at = $4, away_since = NULL, answer = NULL
WHERE tenant = $1 AND name = $2;

-- note_event_refused --
-- It would not have this one; the stream's later ones wait. $1 tenant, $2 subscriber, $3 number, $4 answer, $5 at.
UPDATE outgoing_events SET refused_at = $5, answer = $4 WHERE tenant = $1 AND subscriber = $2 AND number = $3;

-- note_subscriber_away --
-- It does not answer as it should; since when. $1 tenant, $2 subscriber, $3 answer, $4 at.
UPDATE subscribers SET away_since = coalesce(away_since, $4), answer = $3 WHERE tenant = $1 AND name = $2;

-- stop_subscriber --
-- Send nothing for now; no row where it is stopped, or unknown. $1 tenant, $2 subscriber, $3 by, $4 at, $5 answer or null.
UPDATE subscribers SET stopped_at = $4, stopped_by = $3, answer = coalesce($5, answer)
WHERE tenant = $1 AND name = $2 AND stopped_at IS NULL RETURNING 1::bigint;

-- start_subscriber --
-- Send again; no row where it is not stopped, or unknown. $1 tenant, $2 subscriber.
UPDATE subscribers SET stopped_at = NULL, stopped_by = NULL, answer = NULL, away_since = NULL
WHERE tenant = $1 AND name = $2 AND stopped_at IS NOT NULL RETURNING 1::bigint;

-- retry_refused --
-- Try what was refused once more; how many. $1 tenant, $2 subscriber, $3 case, or null for all.
WITH again AS (
  UPDATE outgoing_events o SET refused_at = NULL, answer = NULL
  FROM streams s
  WHERE o.tenant = $1 AND o.subscriber = $2 AND o.refused_at IS NOT NULL AND s.tenant = o.tenant AND s.stream_id = o.stream_id
    AND ($3::text IS NULL OR s.case_id = $3)
  RETURNING 1
)
SELECT count(*) FROM again;

-- skip_refused --
-- Leave out what was refused, so that the streams go on; how many. $1 tenant, $2 subscriber, $3 case, or null for all.
WITH out AS (
  DELETE FROM outgoing_events o USING streams s
  WHERE o.tenant = $1 AND o.subscriber = $2 AND o.refused_at IS NOT NULL AND s.tenant = o.tenant AND s.stream_id = o.stream_id
    AND ($3::text IS NULL OR s.case_id = $3)
  RETURNING 1
)
SELECT count(*) FROM out;

-- replay_events --
-- Put aside once more what was recorded of these streams since a moment; how many. $1 tenant, $2 subscriber, $3 streams,
-- $4 since.
WITH put AS (
  INSERT INTO outgoing_events (tenant, subscriber, stream_id, sequence)
  SELECT e.tenant, s.name, e.stream_id, e.sequence
  FROM case_events e
  JOIN subscribers s ON s.tenant = e.tenant AND s.name = $2 AND (s.kinds = '{}' OR e.kind = ANY (s.kinds))
  WHERE e.tenant = $1 AND e.stream_id = ANY ($3) AND e.recorded_at >= $4
  ORDER BY e.stream_id, e.sequence
  RETURNING 1
)
SELECT count(*) FROM put;

-- streams_of_case --
-- A case's own stream and those of its appeals. $1 tenant, $2 case.
SELECT stream_id FROM streams WHERE tenant = $1 AND case_id = $2 ORDER BY stream_id;

-- is_subscriber --
-- Whether there is one of this name, ended or not. $1 tenant, $2 subscriber.
SELECT EXISTS (SELECT FROM subscribers WHERE tenant = $1 AND name = $2);

-- subscriber_change --
-- What the change of this id was. $1 tenant, $2 message.
SELECT digest, affected FROM subscriber_changes WHERE tenant = $1 AND message_id = $2;

-- note_subscriber_change --
-- $1 tenant, $2 message, $3 digest, $4 subscriber, $5 step, $6 by, $7 sealed reason, $8 at, $9 affected.
INSERT INTO subscriber_changes (tenant, message_id, digest, subscriber, step, by, reason, at, affected)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- subscribers_of --
-- How each stands; waiting is counted up to a hundred thousand. $1 tenant.
SELECT s.name, s.kinds, s.since, s.ended_at, s.stopped_at, s.stopped_by, s.away_since, s.answer, s.delivered_at, s.delivered,
  (SELECT count(*) FROM (
    SELECT FROM outgoing_events o WHERE o.tenant = s.tenant AND o.subscriber = s.name LIMIT 100000) AS o) AS waiting,
  (SELECT count(*) FROM outgoing_events o
   WHERE o.tenant = s.tenant AND o.subscriber = s.name AND o.refused_at IS NOT NULL) AS refused,
  (SELECT e.recorded_at FROM outgoing_events o
   JOIN case_events e ON e.tenant = o.tenant AND e.stream_id = o.stream_id AND e.sequence = o.sequence
   WHERE o.tenant = s.tenant AND o.subscriber = s.name ORDER BY o.number LIMIT 1) AS oldest
FROM subscribers s
WHERE s.tenant = $1
ORDER BY s.name;

-- refused_events --
-- What it would not have, the oldest first. $1 tenant, $2 limit.
SELECT o.subscriber, s.case_id, o.stream_id, o.sequence, e.kind, o.answer, o.refused_at
FROM outgoing_events o
JOIN case_events e ON e.tenant = o.tenant AND e.stream_id = o.stream_id AND e.sequence = o.sequence
JOIN streams s ON s.tenant = o.tenant AND s.stream_id = o.stream_id
WHERE o.tenant = $1 AND o.refused_at IS NOT NULL
ORDER BY o.refused_at, o.number
LIMIT $2;
