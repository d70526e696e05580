-- What happened: events, appended once, chained by hash.

-- body is sealed; previous_hash is the hash of the row before ('' for the first). Nobody but the owner may change a row.
CREATE TABLE case_events (
  tenant text NOT NULL,
  stream_id text NOT NULL,
  sequence bigint NOT NULL,
  event_id text NOT NULL,
  kind text NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  body bytea NOT NULL,
  previous_hash bytea NOT NULL,
  PRIMARY KEY (tenant, stream_id, sequence),
  UNIQUE (tenant, stream_id, event_id),
  FOREIGN KEY (tenant, stream_id) REFERENCES streams
);
CREATE INDEX case_events_by_time ON case_events USING brin (recorded_at);
ALTER TABLE case_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON case_events USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON case_events TO :app_role;

-- Who judged in a case; they take no second look and hear no appeal in it.
CREATE TABLE case_deciders (
  tenant text NOT NULL,
  case_id text NOT NULL,
  reviewer text NOT NULL,
  PRIMARY KEY (tenant, case_id, reviewer)
);
ALTER TABLE case_deciders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON case_deciders USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON case_deciders TO :app_role;

-- A column with its length before it, so that no two rows spell the same bytes.
CREATE FUNCTION length_prefixed(part bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN int8send(octet_length(part)::bigint) || part;

-- The one definition of an event's hash: SHA-256 of the previous hash and the row's stored columns.
CREATE FUNCTION record_hash(
  p_previous bytea, p_tenant text, p_stream text, p_sequence bigint, p_event_id text, p_kind text,
  p_occurred_at timestamptz, p_recorded_at timestamptz, p_body bytea
) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sha256(
  length_prefixed(p_previous)
  || length_prefixed(convert_to(p_tenant, 'UTF8'))
  || length_prefixed(convert_to(p_stream, 'UTF8'))
  || length_prefixed(int8send(p_sequence))
  || length_prefixed(convert_to(p_event_id, 'UTF8'))
  || length_prefixed(convert_to(p_kind, 'UTF8'))
  || length_prefixed(int8send((extract(epoch FROM p_occurred_at) * 1000000)::bigint))
  || length_prefixed(int8send((extract(epoch FROM p_recorded_at) * 1000000)::bigint))
  || length_prefixed(p_body)
);

-- Append those of the events whose ids are new, in the given order, under the stream's lock; the first writer wins. What
-- is stored comes back, fresh or not. The projection is written only if every event was fresh: an adopted body must be
-- compared first, and only the caller can open it. Raises DP001 (no such stream), DP002 (the key was destroyed).
CREATE FUNCTION append_events(
  p_tenant text, p_stream text, p_key_id text, p_recorded_at timestamptz, p_event_ids text[], p_kinds text[],
  p_occurred_at timestamptz[], p_bodies bytea[], p_deciders text[], p_projection jsonb
) RETURNS TABLE (sequence bigint, event_id text, occurred_at timestamptz, body bytea, fresh boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  stream streams;
  stored case_events;
  all_fresh boolean := true;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  SELECT s.* INTO stream FROM streams s WHERE s.tenant = p_tenant AND s.stream_id = p_stream FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such stream' USING ERRCODE = 'DP001';
  END IF;
  PERFORM require_live_key(p_tenant, p_key_id);
  FOR place IN 1..coalesce(array_length(p_event_ids, 1), 0) LOOP
    INSERT INTO case_events AS e
      (tenant, stream_id, sequence, event_id, kind, occurred_at, recorded_at, body, previous_hash)
    VALUES (p_tenant, p_stream, stream.event_sequence + 1, p_event_ids[place], p_kinds[place], p_occurred_at[place],
            p_recorded_at, p_bodies[place], stream.last_hash)
    ON CONFLICT (tenant, stream_id, event_id) DO NOTHING
    RETURNING e.* INTO stored;
    fresh := FOUND;
    IF fresh THEN
      stream.event_sequence := stored.sequence;
      stream.last_hash := record_hash(stored.previous_hash, p_tenant, p_stream, stored.sequence, stored.event_id,
                                      stored.kind, stored.occurred_at, stored.recorded_at, stored.body);
    ELSE
      all_fresh := false;
      SELECT e.* INTO STRICT stored FROM case_events e
      WHERE e.tenant = p_tenant AND e.stream_id = p_stream AND e.event_id = p_event_ids[place];
    END IF;
    sequence := stored.sequence;
    event_id := stored.event_id;
    occurred_at := stored.occurred_at;
    body := stored.body;
    RETURN NEXT;
  END LOOP;
  UPDATE streams s SET event_sequence = stream.event_sequence, last_hash = stream.last_hash
  WHERE s.tenant = p_tenant AND s.stream_id = p_stream AND s.event_sequence <> stream.event_sequence;
  INSERT INTO case_deciders (tenant, case_id, reviewer)
  SELECT p_tenant, stream.case_id, named FROM unnest(p_deciders) AS named
  ON CONFLICT DO NOTHING;
  IF all_fresh AND p_projection IS NOT NULL THEN
    PERFORM write_projection(p_tenant, p_stream, p_projection, p_recorded_at);
  END IF;
END
$$;

-- A stream's unread messages in order, under the stream's lock; none where there is no such stream. first_of_person: the
-- earliest report of its sender in its area (of all who gave no name, in that area, together). contactable: the sender can
-- be told the outcome.
CREATE FUNCTION unread_messages(p_tenant text, p_stream text, p_limit integer)
RETURNS TABLE (
  number bigint, message_id text, kind text, channel text, content bytea, person text, received_at timestamptz,
  first_of_person boolean, contactable boolean
) LANGUAGE plpgsql AS $$
DECLARE
  of_case text;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  SELECT s.case_id INTO of_case FROM streams s WHERE s.tenant = p_tenant AND s.stream_id = p_stream FOR UPDATE;
  RETURN QUERY
  SELECT i.number, i.message_id, i.kind, i.channel, i.content, i.person, i.received_at,
    coalesce(p.first_of_person, false), coalesce(p.contactable, false)
  FROM inbox i
  LEFT JOIN LATERAL (
    SELECT bool_or(c.first_number = i.number) AS first_of_person, bool_or(c.contactable) AS contactable
    FROM case_people c
    WHERE c.tenant = p_tenant AND c.case_id = of_case AND c.role = 'reporter' AND c.person = i.person
  ) p ON i.kind = 'report'
  WHERE i.tenant = p_tenant AND i.stream_id = p_stream AND i.consumed_at IS NULL
  ORDER BY i.number
  LIMIT p_limit;
END
$$;

-- What was read becomes events and is marked consumed, in the transaction that read it; the ring is cleared when nothing
-- is left. p_seen: the last event the caller knows; everything after it comes back, in order, or if it is null what was
-- appended here. more: messages are left.
CREATE FUNCTION record_taken(
  p_tenant text, p_stream text, p_key_id text, p_now timestamptz, p_numbers bigint[], p_event_ids text[],
  p_kinds text[], p_occurred_at timestamptz[], p_bodies bytea[], p_seen bigint
) RETURNS TABLE (sequence bigint, event_id text, occurred_at timestamptz, body bytea, more boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  appended text[];
  still_unread boolean;
BEGIN
  SELECT array_agg(a.event_id) INTO appended
  FROM append_events(
    p_tenant, p_stream, p_key_id, p_now, p_event_ids, p_kinds, p_occurred_at, p_bodies, '{}', NULL) AS a;
  UPDATE inbox i SET consumed_at = p_now
  WHERE i.tenant = p_tenant AND i.stream_id = p_stream AND i.number = ANY (p_numbers);
  still_unread := EXISTS (
    SELECT FROM inbox i WHERE i.tenant = p_tenant AND i.stream_id = p_stream AND i.consumed_at IS NULL);
  IF NOT still_unread THEN
    UPDATE streams s SET ring_pending = false
    WHERE s.tenant = p_tenant AND s.stream_id = p_stream AND s.ring_pending;
  END IF;
  RETURN QUERY
  SELECT e.sequence, e.event_id, e.occurred_at, e.body, still_unread FROM case_events e
  WHERE e.tenant = p_tenant AND e.stream_id = p_stream
    AND (e.sequence > p_seen OR (p_seen IS NULL AND e.event_id = ANY (appended)))
  ORDER BY e.sequence;
END
$$;
