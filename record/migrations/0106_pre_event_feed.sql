-- The feed of events to a tenant's own services: who is sent them, what waits for whom, and what was refused.

-- A row for each subscriber of the installation's file. kinds: of events; empty for all. ended_at: the file names it no more,
-- and nothing is put aside for it since. stopped_at: an operator, or its own answer "gone", wants no delivery for now.
CREATE TABLE subscribers (
  tenant text NOT NULL,
  name text NOT NULL,
  kinds text[] NOT NULL,
  since timestamptz NOT NULL,
  ended_at timestamptz,
  stopped_at timestamptz,
  stopped_by text,
  away_since timestamptz,
  answer text,
  delivered_at timestamptz,
  delivered bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, name)
);
ALTER TABLE subscribers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON subscribers USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT,
  UPDATE (kinds, since, ended_at, stopped_at, stopped_by, away_since, answer, delivered_at, delivered) ON subscribers
  TO :app_role;

-- What is to be delivered, in the transaction that recorded it: no row is missed, however transactions overtake each other.
-- number: the order within a stream, whose lock its writers held. refused_at, answer: the subscriber would not have it.
CREATE TABLE outgoing_events (
  tenant text NOT NULL,
  subscriber text NOT NULL,
  number bigint GENERATED ALWAYS AS IDENTITY,
  stream_id text NOT NULL,
  sequence bigint NOT NULL,
  refused_at timestamptz,
  answer text,
  PRIMARY KEY (tenant, subscriber, number),
  FOREIGN KEY (tenant, subscriber) REFERENCES subscribers,
  FOREIGN KEY (tenant, stream_id, sequence) REFERENCES case_events
);
CREATE INDEX outgoing_events_refused ON outgoing_events (tenant, subscriber, stream_id) WHERE refused_at IS NOT NULL;
CREATE INDEX outgoing_events_by_event ON outgoing_events (tenant, stream_id, sequence);
ALTER TABLE outgoing_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON outgoing_events USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE, UPDATE (refused_at, answer) ON outgoing_events TO :app_role;

-- What operators asked about subscribers, by message id; reason is sealed. affected: events that it moved.
CREATE TABLE subscriber_changes (
  tenant text NOT NULL,
  message_id text NOT NULL,
  digest bytea NOT NULL,
  subscriber text NOT NULL,
  step text NOT NULL,
  by text NOT NULL,
  reason bytea NOT NULL,
  at timestamptz NOT NULL,
  affected bigint NOT NULL,
  PRIMARY KEY (tenant, message_id),
  FOREIGN KEY (tenant, subscriber) REFERENCES subscribers
);
ALTER TABLE subscriber_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON subscriber_changes USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON subscriber_changes TO :app_role;

-- As before, and what was new is put aside for whoever is sent events of this tenant.
CREATE OR REPLACE FUNCTION append_events(
  p_tenant text, p_stream text, p_key_id text, p_recorded_at timestamptz, p_event_ids text[], p_kinds text[],
  p_occurred_at timestamptz[], p_bodies bytea[], p_deciders text[], p_projection jsonb
) RETURNS TABLE (sequence bigint, event_id text, occurred_at timestamptz, body bytea, fresh boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  stream streams;
  stored case_events;
  before bigint;
  all_fresh boolean := true;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  SELECT s.* INTO stream FROM streams s WHERE s.tenant = p_tenant AND s.stream_id = p_stream FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such stream' USING ERRCODE = 'DP001';
  END IF;
  before := stream.event_sequence;
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
  IF stream.event_sequence > before AND EXISTS (
    SELECT FROM subscribers WHERE tenant = p_tenant AND ended_at IS NULL) THEN
    PERFORM put_aside(p_tenant, p_stream, before, stream.event_sequence);
  END IF;
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

-- Events of a stream after the first and up to the last of these, for every subscriber that wants their kind.
CREATE FUNCTION put_aside(p_tenant text, p_stream text, p_after bigint, p_through bigint) RETURNS void LANGUAGE sql
AS $$
  INSERT INTO outgoing_events (tenant, subscriber, stream_id, sequence)
  SELECT e.tenant, s.name, e.stream_id, e.sequence
  FROM case_events e
  JOIN subscribers s ON s.tenant = e.tenant AND s.ended_at IS NULL AND (s.kinds = '{}' OR e.kind = ANY (s.kinds))
  WHERE e.tenant = p_tenant AND e.stream_id = p_stream AND e.sequence > p_after AND e.sequence <= p_through
  ORDER BY e.sequence;
$$;
