-- Tenants, and the keys everything else is sealed with. Tenant first in every key; row-level security binds the owner too.

-- The list of tenants is the installation's, not a tenant's: sweepers walk it. Only the owner writes it.
CREATE TABLE tenants (
  tenant text PRIMARY KEY CHECK (tenant ~ '^[a-z][a-z0-9-]{0,30}[a-z0-9]$'),
  pack_id text NOT NULL,
  tokenless_decisions boolean NOT NULL,
  created_at timestamptz NOT NULL
);
GRANT SELECT ON tenants TO :app_role;

-- One secret per tenant, never rotated: ids that are never encrypted are keyed hashes under it. Wrapped by the KEK.
CREATE TABLE tenant_secrets (
  tenant text PRIMARY KEY REFERENCES tenants,
  wrapped bytea NOT NULL,
  kek_version text NOT NULL
);
ALTER TABLE tenant_secrets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON tenant_secrets USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON tenant_secrets TO :app_role;

-- Keys of what belongs to no case and no tenant: the sweepers' workflows. One live row.
CREATE TABLE installation_keys (
  key_id text PRIMARY KEY,
  wrapped bytea NOT NULL,
  kek_version text NOT NULL,
  live boolean NOT NULL UNIQUE CHECK (live)
);
GRANT SELECT, INSERT ON installation_keys TO :app_role;

-- One key per case (person ''), per person in a case, and per tenant (case ''). Destroying one removes the wrapped key itself.
CREATE TABLE data_keys (
  tenant text NOT NULL REFERENCES tenants,
  key_id text NOT NULL,
  case_id text NOT NULL,
  person text NOT NULL,
  wrapped bytea,
  kek_version text NOT NULL,
  created_at timestamptz NOT NULL,
  destroyed_at timestamptz,
  PRIMARY KEY (tenant, key_id),
  CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE UNIQUE INDEX data_keys_live ON data_keys (tenant, case_id, person) WHERE destroyed_at IS NULL;
ALTER TABLE data_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON data_keys USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (wrapped, kek_version, destroyed_at) ON data_keys TO :app_role;

-- Which case's key a workflow's payloads are sealed with: its own case's, or that of the case it was started for.
CREATE TABLE key_scopes (
  tenant text NOT NULL,
  workflow_id text NOT NULL,
  case_id text NOT NULL,
  PRIMARY KEY (tenant, workflow_id)
);
CREATE INDEX key_scopes_by_case ON key_scopes (tenant, case_id);
ALTER TABLE key_scopes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON key_scopes USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON key_scopes TO :app_role;

-- The live key of a scope, made from the candidate where there is none. Two callers at once get the same one.
CREATE FUNCTION ensure_key(
  p_tenant text, p_case text, p_person text, p_key_id text, p_wrapped bytea, p_kek_version text, p_at timestamptz
) RETURNS data_keys LANGUAGE plpgsql AS $$
DECLARE
  found_key data_keys;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  FOR attempt IN 1..3 LOOP
    SELECT k.* INTO found_key FROM data_keys k
    WHERE k.tenant = p_tenant AND k.case_id = p_case AND k.person = p_person AND k.destroyed_at IS NULL;
    IF FOUND THEN
      RETURN found_key;
    END IF;
    INSERT INTO data_keys (tenant, key_id, case_id, person, wrapped, kek_version, created_at)
    VALUES (p_tenant, p_key_id, p_case, p_person, p_wrapped, p_kek_version, p_at)
    ON CONFLICT DO NOTHING;
  END LOOP;
  RAISE EXCEPTION 'a key was destroyed while it was fetched' USING ERRCODE = 'DP002';
END
$$;

-- Raises DP002 unless the key lives. Called under the stream's lock, which destroying a key takes too.
CREATE FUNCTION require_live_key(p_tenant text, p_key_id text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  live boolean;
BEGIN
  -- Asked of the row and not of the index: by the index of live keys, a planner without statistics reads all of the tenant's.
  SELECT k.destroyed_at IS NULL INTO live FROM data_keys k WHERE k.tenant = p_tenant AND k.key_id = p_key_id;
  IF live IS NOT TRUE THEN
    RAISE EXCEPTION 'the key was destroyed' USING ERRCODE = 'DP002';
  END IF;
END
$$;

-- The live key of the case a workflow belongs to; no row where the workflow is mapped to none. wrapped is null where that
-- case's key was destroyed and no newer one made.
CREATE FUNCTION key_of_workflow(p_tenant text, p_workflow text)
RETURNS TABLE (case_id text, key_id text, wrapped bytea, kek_version text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  RETURN QUERY
  SELECT s.case_id, k.key_id, k.wrapped, k.kek_version
  FROM key_scopes s
  LEFT JOIN data_keys k ON k.tenant = s.tenant AND k.case_id = s.case_id AND k.person = '' AND k.destroyed_at IS NULL
  WHERE s.tenant = p_tenant AND s.workflow_id = p_workflow;
END
$$;

-- The key of a case, made from the candidate where there is none, and the case's own scope.
CREATE FUNCTION ensure_case_key(
  p_tenant text, p_case text, p_key_id text, p_wrapped bytea, p_kek_version text, p_at timestamptz
) RETURNS data_keys LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  INSERT INTO key_scopes (tenant, workflow_id, case_id) VALUES (p_tenant, p_case, p_case) ON CONFLICT DO NOTHING;
  RETURN ensure_key(p_tenant, p_case, '', p_key_id, p_wrapped, p_kek_version, p_at);
END
$$;

-- These keys, destroyed ones with no wrapped key.
CREATE FUNCTION keys_by_id(p_tenant text, p_key_ids text[])
RETURNS TABLE (key_id text, wrapped bytea, kek_version text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  RETURN QUERY
  SELECT k.key_id, k.wrapped, k.kek_version FROM data_keys k WHERE k.tenant = p_tenant AND k.key_id = ANY (p_key_ids);
END
$$;

-- The tenant's secret, made from the candidate where there is none.
CREATE FUNCTION ensure_tenant_secret(p_tenant text, p_wrapped bytea, p_kek_version text)
RETURNS tenant_secrets LANGUAGE plpgsql AS $$
DECLARE
  found_secret tenant_secrets;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  SELECT s.* INTO found_secret FROM tenant_secrets s WHERE s.tenant = p_tenant;
  IF FOUND THEN
    RETURN found_secret;
  END IF;
  INSERT INTO tenant_secrets (tenant, wrapped, kek_version) VALUES (p_tenant, p_wrapped, p_kek_version)
  ON CONFLICT DO NOTHING;
  SELECT s.* INTO STRICT found_secret FROM tenant_secrets s WHERE s.tenant = p_tenant;
  RETURN found_secret;
END
$$;

-- What comes in: streams (a case's or an appeal's), the inbox, the people of a case.

-- One row per stream; its lock orders everything that happens in it. last_hash: the hash of the newest event.
CREATE TABLE streams (
  tenant text NOT NULL REFERENCES tenants,
  stream_id text NOT NULL,
  case_id text NOT NULL,
  inbox_number bigint NOT NULL DEFAULT 0,
  event_sequence bigint NOT NULL DEFAULT 0,
  last_hash bytea NOT NULL DEFAULT '\x',
  ring_pending boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, stream_id)
) WITH (fillfactor = 70);
CREATE INDEX streams_by_case ON streams (tenant, case_id);
ALTER TABLE streams ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON streams USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (inbox_number, event_sequence, last_hash, ring_pending) ON streams TO :app_role;

-- One row per case: its sealed subject, and the projection of its events (record.events writes both together).
CREATE TABLE cases (
  tenant text NOT NULL,
  case_id text NOT NULL,
  kind text NOT NULL,
  subject bytea,
  opened_at timestamptz NOT NULL,
  stage text NOT NULL DEFAULT 'assessing',
  category text,
  queue text,
  rule text,
  jurisdiction text,
  priority smallint NOT NULL DEFAULT 5,
  due_at timestamptz,
  stuck boolean NOT NULL DEFAULT false,
  legal_hold boolean NOT NULL DEFAULT false,
  projected_at timestamptz,
  legal_clock text,
  legal_source text,
  legal_due_at timestamptz,
  areas text[],
  PRIMARY KEY (tenant, case_id)
) WITH (fillfactor = 70);
CREATE INDEX cases_by_stage ON cases (tenant, stage);
CREATE INDEX cases_by_deadline ON cases (tenant, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX cases_legal_due ON cases (tenant, legal_due_at) WHERE legal_due_at IS NOT NULL;
ALTER TABLE cases ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON cases USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT,
  UPDATE (subject, stage, category, queue, rule, jurisdiction, priority, due_at, stuck, legal_hold, projected_at,
          legal_clock, legal_source, legal_due_at, areas)
  ON cases TO :app_role;

-- Who has to do with a case, as what. contact is sealed with the person's own key. person '' with role reporter stands
-- for everybody who reported without a name. area '' for authors and appellants. first_number: their earliest message.
CREATE TABLE case_people (
  tenant text NOT NULL,
  case_id text NOT NULL,
  role text NOT NULL CHECK (role IN ('author', 'reporter', 'appellant', 'authority')),
  person text NOT NULL,
  area text NOT NULL,
  address_key text NOT NULL,
  contact bytea,
  contactable boolean NOT NULL,
  first_number bigint NOT NULL,
  PRIMARY KEY (tenant, case_id, role, person, area)
);
CREATE INDEX case_people_to_tell ON case_people (tenant, case_id, area, first_number)
  WHERE role = 'reporter' AND contactable;
CREATE INDEX case_people_by_person ON case_people (tenant, person);
ALTER TABLE case_people ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON case_people USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (address_key, contact, contactable, first_number) ON case_people TO :app_role;

-- Everything that came in, whole and in order. number: 1, 2, … in its stream, given under the stream's lock, so that no
-- smaller one can appear after a greater was taken. content is sealed with the case's key, personal with the person's.
CREATE TABLE inbox (
  tenant text NOT NULL,
  stream_id text NOT NULL,
  number bigint NOT NULL,
  message_id text NOT NULL,
  kind text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('door', 'signal', 'update')),
  digest bytea NOT NULL,
  content bytea NOT NULL,
  personal bytea,
  person text NOT NULL,
  received_at timestamptz NOT NULL,
  consumed_at timestamptz,
  PRIMARY KEY (tenant, stream_id, number),
  UNIQUE (tenant, message_id),
  FOREIGN KEY (tenant, stream_id) REFERENCES streams
);
CREATE INDEX inbox_by_time ON inbox USING brin (received_at);
CREATE INDEX inbox_unread ON inbox (tenant, stream_id, number) INCLUDE (received_at) WHERE consumed_at IS NULL;
-- What authorities ordered, the newest first: the desk's list.
CREATE INDEX inbox_authority_orders ON inbox (tenant, received_at, message_id) WHERE kind = 'authority_order';
ALTER TABLE inbox ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON inbox USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (consumed_at) ON inbox TO :app_role;

-- What each message of a removal request gave (47 U.S.C. 223a(a)(1)(B)): names of elements, nothing of what they say.
-- request_id: of the first message; number: of this one in the inbox; minor: it says that a minor is depicted.
CREATE TABLE removal_requests (
  tenant text NOT NULL,
  stream_id text NOT NULL,
  request_id text NOT NULL,
  number bigint NOT NULL,
  given text[] NOT NULL,
  minor boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, stream_id, request_id, number),
  FOREIGN KEY (tenant, stream_id, number) REFERENCES inbox
);
ALTER TABLE removal_requests ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON removal_requests USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON removal_requests TO :app_role;

-- What an operator must do by hand about a case; `history_holds_text`: delete that run, Temporal's history holds text.
CREATE TABLE case_flags (
  tenant text NOT NULL,
  stream_id text NOT NULL,
  flag text NOT NULL,
  raised_at timestamptz NOT NULL,
  cleared_at timestamptz,
  cleared_by text,
  PRIMARY KEY (tenant, stream_id, flag)
);
ALTER TABLE case_flags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON case_flags USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (raised_at, cleared_at, cleared_by) ON case_flags TO :app_role;

-- The case with its stream, its key, and a person's key in it: whatever of these is missing is made.
CREATE FUNCTION ensure_case(
  p_tenant text, p_case text, p_kind text, p_key_id text, p_wrapped bytea, p_kek_version text,
  p_person text, p_person_key_id text, p_person_wrapped bytea, p_at timestamptz
) RETURNS SETOF data_keys LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  INSERT INTO streams (tenant, stream_id, case_id) VALUES (p_tenant, p_case, p_case) ON CONFLICT DO NOTHING;
  INSERT INTO cases (tenant, case_id, kind, opened_at) VALUES (p_tenant, p_case, p_kind, p_at) ON CONFLICT DO NOTHING;
  INSERT INTO key_scopes (tenant, workflow_id, case_id) VALUES (p_tenant, p_case, p_case) ON CONFLICT DO NOTHING;
  RETURN NEXT ensure_key(p_tenant, p_case, '', p_key_id, p_wrapped, p_kek_version, p_at);
  IF p_person <> '' THEN
    RETURN NEXT ensure_key(p_tenant, p_case, p_person, p_person_key_id, p_person_wrapped, p_kek_version, p_at);
  END IF;
END
$$;

-- The case's lock, and the live keys in it of these people, made from their candidates where there are none: before the lock,
-- as every door does, and once more under it, since a key may be destroyed meanwhile. Raises DP001 for a case that is not there.
CREATE FUNCTION lock_with_people(
  p_tenant text, p_case text, p_people text[], p_key_ids text[], p_wrapped bytea[], p_kek_version text, p_at timestamptz
) RETURNS SETOF data_keys LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  FOR place IN 1..cardinality(p_people) LOOP
    PERFORM ensure_key(p_tenant, p_case, p_people[place], p_key_ids[place], p_wrapped[place], p_kek_version, p_at);
  END LOOP;
  PERFORM FROM streams s WHERE s.tenant = p_tenant AND s.stream_id = p_case FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such stream' USING ERRCODE = 'DP001';
  END IF;
  FOR place IN 1..cardinality(p_people) LOOP
    RETURN NEXT ensure_key(p_tenant, p_case, p_people[place], p_key_ids[place], p_wrapped[place], p_kek_version, p_at);
  END LOOP;
END
$$;

-- One message into the inbox of a stream, with the person it comes from. Raises DP001 for a stream that is not there and
-- DP002 for a key destroyed meanwhile. outcome: accepted, known (same content came before: its first receipt), conflict.
CREATE FUNCTION accept_message(
  p_tenant text, p_stream text, p_subject bytea, p_key_id text, p_person_key_id text, p_kind text, p_channel text,
  p_message_id text, p_digest bytea, p_content bytea, p_personal bytea, p_person text, p_address_key text, p_role text,
  p_area text, p_contact bytea, p_contactable boolean, p_received_at timestamptz,
  OUT outcome text, OUT number bigint, OUT received_at timestamptz, OUT ring boolean
) LANGUAGE plpgsql AS $$
DECLARE
  stream streams;
  earlier inbox;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  SELECT s.* INTO stream FROM streams s WHERE s.tenant = p_tenant AND s.stream_id = p_stream FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such stream' USING ERRCODE = 'DP001';
  END IF;
  -- A statement of its own, after the lock: it sees what the lock's last holder committed.
  SELECT i.* INTO earlier FROM inbox i WHERE i.tenant = p_tenant AND i.message_id = p_message_id;
  IF NOT FOUND THEN
    INSERT INTO inbox (tenant, stream_id, number, message_id, kind, channel, digest, content, personal, person, received_at)
    VALUES (p_tenant, p_stream, stream.inbox_number + 1, p_message_id, p_kind, p_channel, p_digest, p_content, p_personal,
            p_person, p_received_at)
    ON CONFLICT (tenant, message_id) DO NOTHING;
    IF NOT FOUND THEN  -- another stream was a moment faster with this id
      SELECT i.* INTO earlier FROM inbox i WHERE i.tenant = p_tenant AND i.message_id = p_message_id;
    END IF;
  END IF;
  IF earlier.message_id IS NOT NULL THEN
    outcome := CASE WHEN earlier.digest = p_digest AND earlier.stream_id = p_stream THEN 'known' ELSE 'conflict' END;
    number := earlier.number;
    received_at := earlier.received_at;
    ring := false;
    RETURN;
  END IF;
  PERFORM require_live_key(p_tenant, p_key_id);
  UPDATE streams s SET inbox_number = stream.inbox_number + 1, ring_pending = true
  WHERE s.tenant = p_tenant AND s.stream_id = p_stream;
  IF p_subject IS NOT NULL THEN
    UPDATE cases c SET subject = p_subject WHERE c.tenant = p_tenant AND c.case_id = p_stream AND c.subject IS NULL;
  END IF;
  IF p_role IS NOT NULL THEN
    PERFORM keep_person(p_tenant, stream.case_id, p_role, p_person, p_area, p_address_key, p_person_key_id, p_contact,
                        p_contactable, stream.inbox_number + 1);
  END IF;
  outcome := 'accepted';
  number := stream.inbox_number + 1;
  received_at := p_received_at;
  ring := NOT stream.ring_pending;
END
$$;

-- A person of a case. Whoever is known stays as first seen, but a contact that was missing, or erased, is filled in.
CREATE FUNCTION keep_person(
  p_tenant text, p_case text, p_role text, p_person text, p_area text, p_address_key text, p_key_id text,
  p_contact bytea, p_contactable boolean, p_number bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p_contact IS NOT NULL THEN
    PERFORM require_live_key(p_tenant, p_key_id);
  END IF;
  INSERT INTO case_people AS known
    (tenant, case_id, role, person, area, address_key, contact, contactable, first_number)
  VALUES (p_tenant, p_case, p_role, p_person, p_area, p_address_key, p_contact, p_contactable, p_number)
  ON CONFLICT (tenant, case_id, role, person, area) DO UPDATE
  SET address_key = excluded.address_key, contact = excluded.contact, contactable = excluded.contactable
  WHERE excluded.contact IS NOT NULL AND (known.contact IS NULL OR (excluded.contactable AND NOT known.contactable));
END
$$;

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

-- The feed of events to a tenant's own services.

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
  ) p ON i.kind IN ('report', 'notice', 'take_it_down')
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

-- What is judged, and what people wrote about it.

-- Immutable versions of a case's subject; facts (cases.evidence.EvidenceVersion) and content are sealed.
CREATE TABLE evidence_versions (
  tenant text NOT NULL,
  case_id text NOT NULL,
  version integer NOT NULL,
  facts bytea NOT NULL,
  content bytea NOT NULL,
  captured_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, case_id, version)
);
ALTER TABLE evidence_versions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON evidence_versions USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON evidence_versions TO :app_role;

-- Sealed under the case's key, and gone with it. media_key: HMAC-SHA256 under the tenant's secret of their SHA-256, so that
-- nobody can look whether a known picture was captured. facts, content: sealed; content null where `missing` says why.
-- hashes: sealed; null until the picture was read. tries: how often the platform was asked, or the reader. missed: the case was
-- assessed without it, and hears when it comes. next_try_at: null where nothing is waited for, or no more.
CREATE TABLE evidence_media (
  tenant text NOT NULL,
  case_id text NOT NULL,
  media_key text NOT NULL,
  facts bytea NOT NULL,
  content bytea,
  missing text,
  captured_at timestamptz NOT NULL,
  hashes bytea,
  tries smallint NOT NULL DEFAULT 1,
  missed boolean NOT NULL DEFAULT false,
  next_try_at timestamptz,
  PRIMARY KEY (tenant, case_id, media_key),
  CHECK ((content IS NULL) = (missing IS NOT NULL))
);
CREATE INDEX evidence_media_due ON evidence_media (tenant, next_try_at) WHERE next_try_at IS NOT NULL;
ALTER TABLE evidence_media ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE evidence_media ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON evidence_media USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE, UPDATE (facts, content, missing, captured_at, hashes, tries, missed, next_try_at)
  ON evidence_media TO :app_role;

-- By what captured content is known again. value: a digest under the tenant's secret, a MinHash under it, or a picture's PDQ
-- hash. account: target key of the author's account, if the platform named one.
CREATE TABLE fingerprints (
  tenant text NOT NULL,
  case_id text NOT NULL,
  version integer NOT NULL,
  likeness text NOT NULL,
  place smallint NOT NULL,
  value bytea NOT NULL,
  account text,
  captured_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, case_id, version, likeness, place)
);
CREATE INDEX fingerprints_by_value ON fingerprints (tenant, likeness, value, captured_at DESC)
  WHERE likeness IN ('content', 'words');
ALTER TABLE fingerprints ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON fingerprints USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON fingerprints TO :app_role;

-- Sixteen bits of a fingerprint with their place, by which a near one is found.
CREATE TABLE fingerprint_slots (
  tenant text NOT NULL,
  likeness text NOT NULL,
  slot integer NOT NULL,
  case_id text NOT NULL,
  version integer NOT NULL,
  place smallint NOT NULL,
  PRIMARY KEY (tenant, likeness, slot, case_id, version, place)
);
CREATE INDEX fingerprint_slots_by_case ON fingerprint_slots (tenant, case_id, version);
ALTER TABLE fingerprint_slots ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON fingerprint_slots USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON fingerprint_slots TO :app_role;

-- Which cases a decision was applied to because they are about exact copies.
CREATE TABLE derived_decisions (
  tenant text NOT NULL,
  source_case text NOT NULL,
  source_decision text NOT NULL,
  case_id text NOT NULL,
  brought_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, source_case, source_decision, case_id)
);
ALTER TABLE derived_decisions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON derived_decisions USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON derived_decisions TO :app_role;

-- Texts that a message names by id. digest: keyed by the tenant's secret.
CREATE TABLE texts (
  tenant text NOT NULL,
  text_id text NOT NULL,
  case_id text NOT NULL,
  purpose text NOT NULL,
  written_by text NOT NULL,
  written_at timestamptz NOT NULL,
  digest bytea NOT NULL,
  content bytea NOT NULL,
  PRIMARY KEY (tenant, text_id)
);
CREATE INDEX texts_by_case ON texts (tenant, case_id);
ALTER TABLE texts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON texts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON texts TO :app_role;

-- What is in force at the platform: targets, the measures on them by all cases, the orders that said so.

-- target_key: keyed hash of kind and platform id, the same a case about it would have. version: of the newest order.
CREATE TABLE targets (
  tenant text NOT NULL REFERENCES tenants,
  target_key text NOT NULL,
  kind text NOT NULL,
  platform_id bytea NOT NULL,
  version bigint NOT NULL DEFAULT 0,
  confirmed_version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, target_key)
);
ALTER TABLE targets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON targets USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (version, confirmed_version) ON targets TO :app_role;

-- measure_id is the case's own name for it; platform_measure_id is unique over all cases. telling: what the platform may say of
-- it to the person it restricts: `tell`, `never`, or not before tell_from.
CREATE TABLE measures (
  tenant text NOT NULL,
  case_id text NOT NULL,
  measure_id text NOT NULL,
  platform_measure_id text NOT NULL,
  target_key text NOT NULL,
  target text NOT NULL,
  kind text NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz,
  reach text[] NOT NULL,
  order_id text NOT NULL,
  revoked_by text,
  revoked_at timestamptz,
  scope text[] NOT NULL DEFAULT '{}',
  excerpts text[] NOT NULL DEFAULT '{}',
  telling text NOT NULL DEFAULT 'tell' CHECK (telling IN ('tell', 'delay_until', 'never')),
  tell_from timestamptz,
  PRIMARY KEY (tenant, case_id, measure_id),
  FOREIGN KEY (tenant, target_key) REFERENCES targets
);
CREATE INDEX measures_in_force ON measures (tenant, target_key) WHERE revoked_by IS NULL;
ALTER TABLE measures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON measures USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (revoked_by, revoked_at, telling, tell_from) ON measures TO :app_role;

-- One order as it was issued, for good. state: the target's whole effective state, JSON as it was sent. order_id is the
-- case's own name; platform_order_id, unique over all cases, is what the platform sees as id and idempotency key.
CREATE TABLE orders (
  tenant text NOT NULL,
  case_id text NOT NULL,
  order_id text NOT NULL,
  platform_order_id text NOT NULL,
  target_key text NOT NULL,
  target_version bigint NOT NULL,
  state text NOT NULL,
  content_version text,
  issued_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  last_attempt_at timestamptz,
  last_error text,
  confirmed_at timestamptz,
  confirmed_version bigint,
  confirmed_how text,
  voided_at timestamptz,
  skipped_at timestamptz,
  round integer NOT NULL DEFAULT 0,
  skipped_revokes text[] NOT NULL DEFAULT '{}',
  next_try_at timestamptz,
  PRIMARY KEY (tenant, case_id, order_id),
  UNIQUE (tenant, platform_order_id),
  UNIQUE (tenant, target_key, target_version),
  FOREIGN KEY (tenant, target_key) REFERENCES targets
);
CREATE INDEX orders_unconfirmed ON orders (tenant, issued_at) WHERE confirmed_at IS NULL AND voided_at IS NULL;
CREATE INDEX orders_confirmed ON orders (tenant, confirmed_at) WHERE confirmed_at IS NOT NULL;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON orders USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT,
  UPDATE (attempts, last_attempt_at, last_error, confirmed_at, confirmed_version, confirmed_how, voided_at,
    skipped_at, round, skipped_revokes, next_try_at,
    platform_order_id, target_key, target_version, state, content_version, issued_at)
  ON orders TO :app_role;

-- Who looks at what: open questions, leases on them, reviewers, strikes; and the projection that writes them.

-- person_keys: who this reviewer is on the platform, so that nobody judges their own account or report.
CREATE TABLE reviewers (
  tenant text NOT NULL REFERENCES tenants,
  reviewer_id text NOT NULL,
  person_keys text[] NOT NULL,
  registered boolean NOT NULL DEFAULT false,
  profile jsonb NOT NULL DEFAULT '{}',
  changed_at timestamptz,
  changed_by text,
  PRIMARY KEY (tenant, reviewer_id)
);
ALTER TABLE reviewers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON reviewers USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (person_keys, registered, profile, changed_at, changed_by) ON reviewers TO :app_role;

-- A projection of the streams' open tasks. leased_until is the claim's guard: taken under this row's lock.
CREATE TABLE review_tasks (
  tenant text NOT NULL,
  stream_id text NOT NULL,
  task_id text NOT NULL,
  case_id text NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  queue text NOT NULL,
  severity smallint NOT NULL,
  priority smallint NOT NULL,
  due_at timestamptz NOT NULL,
  tier smallint NOT NULL,
  evidence_version integer,
  evidence_digest text NOT NULL,
  excluded text[] NOT NULL,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  leased_until timestamptz,
  area text,
  language text,
  jurisdiction text,
  band smallint NOT NULL DEFAULT 2,
  rank_at timestamptz NOT NULL,
  moved_to text,
  assigned_to text,
  snoozed_until timestamptz,
  boosted_at timestamptz,
  skipped_by text[] NOT NULL DEFAULT '{}',
  escalates_at timestamptz,
  PRIMARY KEY (tenant, stream_id, task_id)
) WITH (fillfactor = 80);
CREATE INDEX review_tasks_ranked ON review_tasks (tenant, band, rank_at, due_at, stream_id, task_id) WHERE closed_at IS NULL;
CREATE INDEX review_tasks_ranked_by_queue ON review_tasks (tenant, queue, band, rank_at, due_at, stream_id, task_id)
  WHERE closed_at IS NULL;
CREATE INDEX review_tasks_escalating ON review_tasks (tenant, escalates_at)
  WHERE closed_at IS NULL AND escalates_at IS NOT NULL;
ALTER TABLE review_tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON review_tasks USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT,
  UPDATE (kind, subject, queue, severity, priority, due_at, tier, evidence_version, evidence_digest, excluded, closed_at,
          leased_until, area, language, jurisdiction, band, rank_at, moved_to, assigned_to, snoozed_until, boosted_at,
          skipped_by, escalates_at)
  ON review_tasks TO :app_role;

-- Every claim there was. At most one per task is not released; one that is over is released by whoever claims next.
CREATE TABLE leases (
  tenant text NOT NULL,
  lease_id text NOT NULL,
  stream_id text NOT NULL,
  task_id text NOT NULL,
  reviewer text NOT NULL,
  claimed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  released_at timestamptz,
  despite_limits boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, lease_id),
  FOREIGN KEY (tenant, stream_id, task_id) REFERENCES review_tasks
);
CREATE UNIQUE INDEX leases_one_per_task ON leases (tenant, stream_id, task_id) WHERE released_at IS NULL;
CREATE INDEX leases_of_reviewer ON leases (tenant, reviewer, claimed_at);
-- The task is in it so that no plan takes this index for a task's lease and walks through everybody's.
CREATE INDEX leases_held ON leases (tenant, reviewer, stream_id, task_id) WHERE released_at IS NULL;
ALTER TABLE leases ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON leases USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (expires_at, released_at) ON leases TO :app_role;

-- What people did to a task besides deciding it, and what time did: who, when, why. reason_id: a sealed text of the case.
CREATE TABLE task_changes (
  tenant text NOT NULL REFERENCES tenants,
  change_id text NOT NULL,
  stream_id text NOT NULL,
  task_id text NOT NULL,
  action text NOT NULL,
  by text NOT NULL,
  at timestamptz NOT NULL,
  reason_id text,
  until timestamptz,
  to_queue text,
  to_reviewer text,
  tier smallint,
  digest text NOT NULL,
  PRIMARY KEY (tenant, change_id),
  FOREIGN KEY (tenant, stream_id, task_id) REFERENCES review_tasks
);
CREATE INDEX task_changes_of_task ON task_changes (tenant, stream_id, task_id, at);
CREATE INDEX task_changes_of_person ON task_changes (tenant, by, action, at);
ALTER TABLE task_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON task_changes USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON task_changes TO :app_role;

-- Marks on accounts, by the decisions of all cases.
CREATE TABLE strikes (
  tenant text NOT NULL,
  case_id text NOT NULL,
  decision_id text NOT NULL,
  account text NOT NULL,
  area text NOT NULL,
  since timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  active boolean NOT NULL,
  PRIMARY KEY (tenant, case_id, decision_id, account)
);
CREATE INDEX strikes_by_account ON strikes (tenant, account, expires_at) WHERE active;
ALTER TABLE strikes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON strikes USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (area, since, expires_at, active) ON strikes TO :app_role;

-- Matters by the account they are about, or whose contents they are about: the account picture. opened_at: when first written.
CREATE TABLE account_matters (
  tenant text NOT NULL,
  account text NOT NULL,
  case_id text NOT NULL,
  matter_id text NOT NULL,
  area text NOT NULL,
  open boolean NOT NULL,
  violation boolean NOT NULL,
  opened_at timestamptz NOT NULL,
  decided_at timestamptz,
  PRIMARY KEY (tenant, account, case_id, matter_id)
);
CREATE INDEX account_matters_by_case ON account_matters (tenant, case_id, matter_id);
ALTER TABLE account_matters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON account_matters USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (open, violation, decided_at) ON account_matters TO :app_role;

-- The rows beside the events: the case's columns (a case's own stream only), open tasks, strikes. Under the stream's lock.
CREATE FUNCTION write_projection(p_tenant text, p_stream text, p_projection jsonb, p_at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  of_case text;
BEGIN
  SELECT s.case_id INTO of_case FROM streams s WHERE s.tenant = p_tenant AND s.stream_id = p_stream;
  IF of_case = p_stream THEN
    UPDATE cases c
    SET stage = p.stage, category = p.category, queue = p.queue, rule = p.rule, jurisdiction = p.jurisdiction,
        priority = p.priority, due_at = p.due_at, stuck = p.stuck, legal_hold = p.legal_hold,
        legal_clock = p.legal_clock, legal_source = p.legal_source, legal_due_at = p.legal_due_at, projected_at = p_at,
        areas = ARRAY(SELECT DISTINCT m ->> 'area' FROM jsonb_array_elements(p_projection -> 'matters') AS m)
    FROM jsonb_to_record(p_projection) AS p(
      stage text, category text, queue text, rule text, jurisdiction text, priority smallint, due_at timestamptz,
      stuck boolean, legal_hold boolean, legal_clock text, legal_source text, legal_due_at timestamptz)
    WHERE c.tenant = p_tenant AND c.case_id = p_stream;
  END IF;

  -- Locked first and in their order, as by whoever gives several of them back.
  PERFORM FROM review_tasks r WHERE r.tenant = p_tenant AND r.stream_id = p_stream AND r.closed_at IS NULL
  ORDER BY r.task_id FOR UPDATE;

  INSERT INTO review_tasks AS r
    (tenant, stream_id, task_id, case_id, kind, subject, queue, severity, priority, due_at, tier, evidence_version,
     evidence_digest, excluded, opened_at, area, language, jurisdiction, band, rank_at, escalates_at)
  SELECT p_tenant, p_stream, t.task_id, of_case, t.kind, t.subject, t.queue, t.severity, t.severity + 1, t.due_at, t.tier,
         t.evidence_version, t.evidence_digest, t.excluded, p_at, t.area, t.language, t.jurisdiction,
         coalesce((t.rank ->> 'band')::smallint, least(t.severity, 2)), coalesce((t.rank ->> 'at')::timestamptz, t.due_at),
         t.due_at
  FROM jsonb_to_recordset(p_projection -> 'tasks') AS t(
    task_id text, kind text, subject text, queue text, severity smallint, due_at timestamptz, tier smallint,
    evidence_version integer, evidence_digest text, excluded text[], area text, language text, jurisdiction text, rank jsonb)
  ON CONFLICT (tenant, stream_id, task_id) DO UPDATE
  SET kind = excluded.kind, subject = excluded.subject, severity = excluded.severity, priority = excluded.priority,
      due_at = excluded.due_at, evidence_version = excluded.evidence_version, evidence_digest = excluded.evidence_digest,
      excluded = excluded.excluded, area = excluded.area, language = excluded.language,
      jurisdiction = excluded.jurisdiction, closed_at = NULL,
      -- What people said of an open task outlives its next projection; of one that opens anew, nothing does. Nor does it
      -- sleep on where a life may be in danger by now, or where it is due before it would wake.
      queue = CASE WHEN r.closed_at IS NULL THEN coalesce(r.moved_to, excluded.queue) ELSE excluded.queue END,
      moved_to = CASE WHEN r.closed_at IS NULL THEN r.moved_to END,
      assigned_to = CASE WHEN r.closed_at IS NULL THEN r.assigned_to END,
      snoozed_until = CASE WHEN r.closed_at IS NULL AND excluded.severity > 0 AND r.snoozed_until <= excluded.due_at
        THEN r.snoozed_until END,
      boosted_at = CASE WHEN r.closed_at IS NULL THEN r.boosted_at END,
      skipped_by = CASE WHEN r.closed_at IS NULL THEN r.skipped_by ELSE '{}' END,
      tier = CASE WHEN r.closed_at IS NULL AND r.due_at = excluded.due_at
        THEN greatest(r.tier, excluded.tier) ELSE excluded.tier END,
      escalates_at = CASE WHEN r.closed_at IS NULL AND r.due_at = excluded.due_at
        THEN r.escalates_at ELSE excluded.due_at END,
      band = least(excluded.band, CASE WHEN r.closed_at IS NULL AND r.boosted_at IS NOT NULL THEN 1 END),
      rank_at = least(excluded.rank_at, CASE WHEN r.closed_at IS NULL THEN r.boosted_at END);

  WITH closed AS (
    UPDATE review_tasks r SET closed_at = p_at, leased_until = NULL
    WHERE r.tenant = p_tenant AND r.stream_id = p_stream AND r.closed_at IS NULL
      AND NOT EXISTS (SELECT FROM jsonb_array_elements(p_projection -> 'tasks') AS t WHERE t ->> 'task_id' = r.task_id)
    RETURNING r.task_id
  )
  UPDATE leases l SET released_at = least(p_at, l.expires_at)
  FROM closed
  WHERE l.tenant = p_tenant AND l.stream_id = p_stream AND l.task_id = closed.task_id AND l.released_at IS NULL;

  INSERT INTO strikes (tenant, case_id, decision_id, account, area, since, expires_at, active)
  SELECT p_tenant, of_case, k.decision_id, k.account, k.area, k.since, k.expires_at, k.active
  FROM jsonb_to_recordset(p_projection -> 'strikes') AS k(
    decision_id text, account text, area text, since timestamptz, expires_at timestamptz, active boolean)
  ON CONFLICT (tenant, case_id, decision_id, account) DO UPDATE
  SET area = excluded.area, since = excluded.since, expires_at = excluded.expires_at, active = excluded.active;

  INSERT INTO account_matters (tenant, account, case_id, matter_id, area, open, violation, opened_at, decided_at)
  SELECT p_tenant, p_projection ->> 'account', of_case, m.matter_id, m.area, m.open, m.violation, p_at, m.decided_at
  FROM jsonb_to_recordset(p_projection -> 'matters') AS m(
    matter_id text, area text, open boolean, violation boolean, decided_at timestamptz)
  WHERE of_case = p_stream AND p_projection ->> 'account' IS NOT NULL
  ON CONFLICT (tenant, account, case_id, matter_id) DO UPDATE
  SET open = excluded.open, violation = excluded.violation, decided_at = excluded.decided_at;
END
$$;

-- A reviewer as far as claims go: whether the tenant keeps a register, whether they are in it, what it says, how many tasks
-- they hold, and, where the profile limits it, how many they took on this day of theirs. It names its tenant itself.
-- p_elsewhere: other tenants that this person works for. Looks there are looks of the same day.
CREATE FUNCTION reviewer_standing(p_tenant text, p_reviewer text, p_now timestamptz, p_since timestamptz DEFAULT NULL,
                                  p_weighing smallint[] DEFAULT NULL, p_recent timestamptz DEFAULT NULL,
                                  p_elsewhere text[] DEFAULT '{}')
RETURNS TABLE (
  kept boolean, registered boolean, profile jsonb, held integer, claimed_today integer, opted_out text[], looks jsonb)
LANGUAGE plpgsql AS $$
DECLARE
  known reviewers;
  zone text;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  SELECT r.* INTO known FROM reviewers r WHERE r.tenant = p_tenant AND r.reviewer_id = p_reviewer;
  kept := EXISTS (SELECT FROM reviewers x WHERE x.tenant = p_tenant AND x.registered);
  registered := coalesce(known.registered, false);
  profile := known.profile;
  held := (SELECT count(*) FROM leases l
    WHERE l.tenant = p_tenant AND l.reviewer = p_reviewer AND l.released_at IS NULL AND l.expires_at > p_now);
  claimed_today := 0;
  IF registered AND profile ->> 'per_day' IS NOT NULL THEN
    zone := coalesce(profile ->> 'zone', 'UTC');
    claimed_today := (SELECT count(DISTINCT (l.stream_id, l.task_id)) FROM leases l
      WHERE l.tenant = p_tenant AND l.reviewer = p_reviewer
        AND l.claimed_at >= date_trunc('day', p_now AT TIME ZONE zone) AT TIME ZONE zone);
  END IF;
  opted_out := (SELECT o.areas FROM opt_outs o WHERE o.tenant = p_tenant AND o.reviewer = p_reviewer);
  looks := (
    SELECT coalesce(jsonb_agg(to_jsonb(s)), '[]')
    FROM looks_of(p_tenant, p_reviewer, p_now, p_since, p_weighing, p_recent) AS s);
  IF p_elsewhere <> '{}' THEN
    looks := looks || looks_elsewhere(p_tenant, p_elsewhere, p_reviewer, p_now, p_since, p_weighing, p_recent);
  END IF;
  RETURN NEXT;
END
$$;

-- Whether nothing in the task's own row speaks against this reviewer's taking it now.
CREATE FUNCTION free_for(
  r review_tasks, p_reviewer text, p_areas_out text[], p_languages text[], p_tier smallint, p_tiered text[],
  p_now timestamptz, p_severities_out smallint[]
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (r.leased_until IS NULL OR r.leased_until <= p_now)
    AND (r.snoozed_until IS NULL OR r.snoozed_until <= p_now)
    AND (r.assigned_to IS NULL OR r.assigned_to = p_reviewer OR r.due_at <= p_now)
    AND p_reviewer <> ALL (r.skipped_by) AND p_reviewer <> ALL (r.excluded)
    AND (r.area IS NULL OR r.area <> ALL (p_areas_out)) AND r.severity <> ALL (p_severities_out)
    AND (r.language IS NULL OR p_languages IS NULL OR r.language = ANY (p_languages))
    AND (r.tier <= p_tier OR r.queue <> ALL (p_tiered)) AND r.kind <> 'order'
$$;

-- Whether the reviewer has a part in the task's case, or judged in it before (P5).
CREATE FUNCTION has_a_part(t review_tasks, p_reviewer text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN in_conflict(t.tenant, p_reviewer, t.case_id, t.area)
    OR t.kind <> 'matter' AND EXISTS (
      SELECT FROM case_deciders d WHERE d.tenant = t.tenant AND d.case_id = t.case_id AND d.reviewer = p_reviewer);
END
$$;

-- The best task this reviewer may take, leased in the same breath; no row: none. p_queue: of this one only, null: of any;
-- p_barred: queues not for them; p_areas_out: areas they are not shown; p_languages: theirs, null: all; p_tiered: queues
-- where only p_tier or less is theirs; p_at_once: how many they may hold; p_capped, p_caps: how many of a queue all may; p_severities_out: severities
-- they looked at enough today; p_held: how many they held when all this was judged, null: not asked. Raises DP005 where it is another
-- number by now: they claimed meanwhile, and a budget that is judged before the last claim is none; likewise where they left
-- the register.
-- Mostly it is among the first of all tasks: they are read in order, and the first that nobody else is claiming right now is
-- taken. Where none of those is for this reviewer, the best few of each queue are looked at, then more of them.
CREATE FUNCTION claim_next(
  p_tenant text, p_reviewer text, p_queue text, p_barred text[], p_areas_out text[], p_languages text[], p_tier smallint,
  p_tiered text[], p_at_once integer, p_capped text[], p_caps integer[], p_lease text, p_now timestamptz, p_until timestamptz,
  p_severities_out smallint[] DEFAULT '{}', p_held integer DEFAULT NULL
) RETURNS SETOF review_tasks LANGUAGE plpgsql AS $$
DECLARE
  taken review_tasks;
  held integer;
  width integer;
  place integer;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  IF p_at_once IS NOT NULL OR p_held IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('claims of ' || p_tenant || '/' || p_reviewer, 0));
    held := (SELECT count(*) FROM leases l WHERE l.tenant = p_tenant AND l.reviewer = p_reviewer AND l.released_at IS NULL
      AND l.expires_at > p_now);
    IF held <> p_held OR p_held IS NOT NULL
        AND NOT EXISTS (SELECT FROM reviewers r WHERE r.tenant = p_tenant AND r.reviewer_id = p_reviewer AND r.registered)
        AND EXISTS (SELECT FROM reviewers r WHERE r.tenant = p_tenant AND r.registered) THEN
      RAISE EXCEPTION 'the reviewer claimed or left meanwhile' USING ERRCODE = 'DP005';
    END IF;
    IF held >= p_at_once THEN
      RETURN;
    END IF;
  END IF;
  FOR place IN 1 .. coalesce(cardinality(p_capped), 0) LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('claims in ' || p_tenant || '/' || p_capped[place], 0));
    IF (SELECT count(*) FROM leases l
        JOIN review_tasks t ON t.tenant = p_tenant AND t.stream_id = l.stream_id AND t.task_id = l.task_id
        WHERE l.tenant = p_tenant AND l.released_at IS NULL AND l.expires_at > p_now
          AND t.queue = p_capped[place]) >= p_caps[place] THEN
      p_barred := p_barred || p_capped[place];
    END IF;
  END LOOP;
  IF p_queue IS NULL THEN
    SELECT t.* INTO taken
    FROM (
      SELECT r.stream_id, r.task_id, r.band, r.rank_at, r.due_at, r.queue <> ALL (p_barred)
        AND free_for(r, p_reviewer, p_areas_out, p_languages, p_tier, p_tiered, p_now, p_severities_out) AS free
      FROM review_tasks r WHERE r.tenant = p_tenant AND r.closed_at IS NULL
      ORDER BY r.band, r.rank_at, r.due_at, r.stream_id, r.task_id
      LIMIT 256
    ) best
    JOIN review_tasks t ON t.tenant = p_tenant AND t.stream_id = best.stream_id AND t.task_id = best.task_id
    WHERE best.free AND t.closed_at IS NULL AND (t.leased_until IS NULL OR t.leased_until <= p_now)
      AND NOT has_a_part(t, p_reviewer)
    ORDER BY best.band, best.rank_at, best.due_at, best.stream_id, best.task_id
    LIMIT 1
    FOR UPDATE OF t SKIP LOCKED;
  END IF;
  IF taken.task_id IS NULL THEN
    FOREACH width IN ARRAY ARRAY[16, 256, 4096] LOOP
      SELECT t.* INTO taken
      FROM (
        WITH RECURSIVE open_queues AS (
          (SELECT r.queue FROM review_tasks r WHERE r.tenant = p_tenant AND r.closed_at IS NULL
             AND (p_queue IS NULL OR r.queue = p_queue) ORDER BY r.queue LIMIT 1)
          UNION ALL
          SELECT (SELECT r.queue FROM review_tasks r WHERE r.tenant = p_tenant AND r.closed_at IS NULL AND r.queue > o.queue
                  ORDER BY r.queue LIMIT 1)
          FROM open_queues o WHERE o.queue IS NOT NULL AND p_queue IS NULL
        )
        SELECT b.* FROM open_queues o CROSS JOIN LATERAL (
          SELECT r.stream_id, r.task_id, r.band, r.rank_at, r.due_at FROM review_tasks r
          WHERE r.tenant = p_tenant AND r.queue = o.queue AND r.closed_at IS NULL
            AND free_for(r, p_reviewer, p_areas_out, p_languages, p_tier, p_tiered, p_now, p_severities_out)
          ORDER BY r.band, r.rank_at, r.due_at, r.stream_id, r.task_id
          LIMIT width
        ) b
        WHERE o.queue <> ALL (p_barred)
        ORDER BY b.band, b.rank_at, b.due_at, b.stream_id, b.task_id
        LIMIT width
      ) best
      JOIN review_tasks t ON t.tenant = p_tenant AND t.stream_id = best.stream_id AND t.task_id = best.task_id
      WHERE t.closed_at IS NULL AND (t.leased_until IS NULL OR t.leased_until <= p_now) AND NOT has_a_part(t, p_reviewer)
      ORDER BY best.band, best.rank_at, best.due_at, best.stream_id, best.task_id
      LIMIT 1
      FOR UPDATE OF t SKIP LOCKED;
      EXIT WHEN FOUND;
    END LOOP;
  END IF;
  IF taken.task_id IS NULL THEN
    RETURN;
  END IF;
  IF taken.leased_until IS NOT NULL THEN
    UPDATE leases l SET released_at = least(l.expires_at, p_now)
    WHERE l.tenant = p_tenant AND l.stream_id = taken.stream_id AND l.task_id = taken.task_id AND l.released_at IS NULL;
  END IF;
  UPDATE review_tasks t SET leased_until = p_until
  WHERE t.tenant = p_tenant AND t.stream_id = taken.stream_id AND t.task_id = taken.task_id;
  INSERT INTO leases (tenant, lease_id, stream_id, task_id, reviewer, claimed_at, expires_at)
  VALUES (p_tenant, p_lease, taken.stream_id, taken.task_id, p_reviewer, p_now, p_until);
  RETURN NEXT taken;
END
$$;

-- What people and authorities are told.

-- One row per person and notice. body: the rendered mail, sealed with the person's key. reference: the decision, hold,
-- reversal or appeal it tells of. message_id: the mail's Message-ID, the same on every attempt.
CREATE TABLE notices (
  tenant text NOT NULL,
  case_id text NOT NULL,
  notice_id text NOT NULL,
  person text NOT NULL,
  role text NOT NULL,
  kind text NOT NULL,
  reference text NOT NULL,
  state text NOT NULL CHECK (state IN ('owed', 'sending', 'sent', 'undeliverable')),
  message_id text NOT NULL,
  body bytea,
  owed_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  sent_at timestamptz,
  PRIMARY KEY (tenant, case_id, notice_id, person),
  UNIQUE (tenant, message_id)
);
CREATE INDEX notices_by_reference ON notices (tenant, case_id, reference, person);
CREATE INDEX notices_unsent ON notices (tenant, case_id, notice_id) WHERE state IN ('owed', 'sending');
CREATE INDEX notices_sent ON notices (tenant, sent_at) WHERE sent_at IS NOT NULL;
ALTER TABLE notices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON notices USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (state, body, attempts, last_error, sent_at) ON notices TO :app_role;

-- One row per statement owed to a public database. payload: the statement as sent, sealed.
CREATE TABLE filings (
  tenant text NOT NULL,
  filing_id text NOT NULL,
  case_id text NOT NULL,
  cause text NOT NULL,
  state text NOT NULL CHECK (state IN ('owed', 'accepted', 'refused')),
  payload bytea NOT NULL,
  uuid text,
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  owed_at timestamptz NOT NULL,
  answered_at timestamptz,
  PRIMARY KEY (tenant, filing_id)
);
CREATE INDEX filings_by_cause ON filings (tenant, case_id, cause);
ALTER TABLE filings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON filings USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (state, uuid, attempts, last_error, answered_at) ON filings TO :app_role;

-- Whether a reviewer has a part in a case is asked at every claim, of cases with thousands of reporters too.
CREATE INDEX case_people_by_address ON case_people (tenant, address_key, case_id);

-- Accepting a message of a case, or of a person, that was never seen: keys, case and message in one statement, so that the
-- stream's lock is held for no round trip. outcome other_key: somebody else's candidate is the key; seal under that one. Raises DP003 for a conflict, so
-- that a refused message opens no case.
CREATE FUNCTION open_and_accept(
  p_tenant text, p_case text, p_kind text, p_wrapped bytea, p_kek_version text, p_person_wrapped bytea, p_at timestamptz,
  p_subject bytea, p_key_id text, p_person_key_id text, p_message_kind text, p_channel text, p_message_id text,
  p_digest bytea, p_content bytea, p_personal bytea, p_person text, p_address_key text, p_role text, p_area text,
  p_contact bytea, p_contactable boolean, p_received_at timestamptz,
  OUT outcome text, OUT number bigint, OUT received_at timestamptz, OUT ring boolean
) LANGUAGE plpgsql AS $$
DECLARE
  strangers bigint;
BEGIN
  SELECT count(*) FILTER (WHERE k.key_id NOT IN (p_key_id, coalesce(p_person_key_id, ''))) INTO strangers
  FROM ensure_case(p_tenant, p_case, p_kind, p_key_id, p_wrapped, p_kek_version, p_person, coalesce(p_person_key_id, ''),
                   p_person_wrapped, p_at) AS k;
  IF strangers > 0 THEN
    outcome := 'other_key';
    RETURN;
  END IF;
  SELECT a.outcome, a.number, a.received_at, a.ring INTO outcome, number, received_at, ring
  FROM accept_message(
    p_tenant, p_case, p_subject, p_key_id, p_person_key_id, p_message_kind, p_channel, p_message_id, p_digest, p_content,
    p_personal, p_person, p_address_key, p_role, p_area, p_contact, p_contactable, p_received_at) AS a;
  IF outcome = 'conflict' THEN
    RAISE EXCEPTION 'the message id came before with other content' USING ERRCODE = 'DP003';
  END IF;
END
$$;

-- Who reported what, and what became of it: so that a crowd is told from people, and one reporter's word from another's.

-- One row per report that the run took. Marks are keyed hashes under the tenant's secret and the subject: '' where the
-- platform said nothing. account: the reporter's account as a target of measures. standing: whether the report counts;
-- set_aside: its reporter was suspended from reporting when it came; invalidated: a person took its weight. standing_by
-- names the message that did.
CREATE TABLE case_reports (
  tenant text NOT NULL,
  case_id text NOT NULL,
  number bigint NOT NULL,
  person text NOT NULL,
  area text NOT NULL,
  source text NOT NULL,
  contactable boolean NOT NULL,
  received_at timestamptz NOT NULL,
  account text NOT NULL,
  account_created_at timestamptz,
  network text NOT NULL,
  campaign text NOT NULL,
  words text[] NOT NULL,
  standing text NOT NULL CHECK (standing IN ('counted', 'set_aside', 'invalidated')),
  standing_by text,
  flagger text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, case_id, number)
) WITH (fillfactor = 90);
CREATE INDEX case_reports_by_person ON case_reports (tenant, person, received_at) WHERE person <> '';
CREATE INDEX case_reports_set_aside ON case_reports (tenant, account) WHERE standing = 'set_aside';
ALTER TABLE case_reports ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON case_reports USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT,
  UPDATE (standing, standing_by, account, account_created_at, network, campaign, words)
  ON case_reports TO :app_role;

-- What people decided on what somebody had reported. active: not taken back since; the row stays, so that counting a
-- decision again does not count it twice.
CREATE TABLE reporter_outcomes (
  tenant text NOT NULL,
  person text NOT NULL,
  case_id text NOT NULL,
  decision_id text NOT NULL,
  area text NOT NULL,
  upheld boolean NOT NULL,
  decided_at timestamptz NOT NULL,
  active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (tenant, person, case_id, decision_id)
);
CREATE INDEX reporter_outcomes_by_decision ON reporter_outcomes (tenant, case_id, decision_id);
CREATE INDEX reporter_outcomes_by_time ON reporter_outcomes (tenant, decided_at) WHERE active;
ALTER TABLE reporter_outcomes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON reporter_outcomes USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (active), DELETE ON reporter_outcomes TO :app_role;

-- Cases opened where missing, and the live key of each scope: a case's own (person ''), or a person's in it, made from its
-- candidate where there is none. One row a scope, in the given order; none where a key was destroyed meanwhile.
CREATE FUNCTION ensure_scopes(
  p_tenant text, p_cases text[], p_kinds text[], p_people text[], p_key_ids text[], p_wrapped bytea[], p_kek_version text,
  p_at timestamptz
) RETURNS TABLE (place bigint, key_id text, wrapped bytea, kek_version text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  INSERT INTO streams (tenant, stream_id, case_id)
  SELECT DISTINCT p_tenant, s.case_id, s.case_id FROM unnest(p_cases) AS s (case_id) ORDER BY s.case_id
  ON CONFLICT DO NOTHING;
  INSERT INTO cases (tenant, case_id, kind, opened_at)
  SELECT DISTINCT p_tenant, s.case_id, s.kind, p_at FROM unnest(p_cases, p_kinds) AS s (case_id, kind) ORDER BY s.case_id
  ON CONFLICT DO NOTHING;
  INSERT INTO key_scopes (tenant, workflow_id, case_id)
  SELECT DISTINCT p_tenant, s.case_id, s.case_id FROM unnest(p_cases) AS s (case_id) ORDER BY s.case_id
  ON CONFLICT DO NOTHING;
  INSERT INTO data_keys (tenant, key_id, case_id, person, wrapped, kek_version, created_at)
  SELECT p_tenant, s.key_id, s.case_id, s.person, s.wrapped, p_kek_version, p_at
  FROM unnest(p_cases, p_people, p_key_ids, p_wrapped) AS s (case_id, person, key_id, wrapped)
  ORDER BY s.case_id, s.person
  ON CONFLICT DO NOTHING;
  RETURN QUERY  -- a statement of its own: it sees what others committed meanwhile
  SELECT s.place, k.key_id, k.wrapped, k.kek_version
  FROM unnest(p_cases, p_people) WITH ORDINALITY AS s (case_id, person, place),
  LATERAL (  -- one look into the index for each, whatever the planner believes of the table
    SELECT d.key_id, d.wrapped, d.kek_version FROM data_keys d
    WHERE d.tenant = p_tenant AND d.case_id = s.case_id AND d.person = s.person AND d.destroyed_at IS NULL
    LIMIT 1
  ) AS k
  ORDER BY s.place;
END
$$;

-- New messages into the inboxes of cases, in their order, with the people they come from. Raises DP001 for a case that is not
-- there, DP002 for a key destroyed meanwhile, DP004 where an id was taken a moment ago: the caller looks again. ring: on the
-- first message of each stream that is owed one.
CREATE FUNCTION accept_batch(
  p_tenant text, p_streams text[], p_subjects bytea[], p_key_ids text[], p_person_key_ids text[], p_kinds text[],
  p_message_ids text[], p_digests bytea[], p_contents bytea[], p_personals bytea[], p_people text[], p_address_keys text[],
  p_roles text[], p_areas text[], p_contacts bytea[], p_contactables boolean[], p_received_at timestamptz
) RETURNS TABLE (place bigint, number bigint, ring boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  used text[];
  live bigint;
  written bigint;
  numbers bigint[];
  rings boolean[];
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  PERFORM FROM streams WHERE tenant = p_tenant AND stream_id = ANY (p_streams) ORDER BY stream_id FOR UPDATE;
  SELECT array_agg(DISTINCT u.key_id) INTO used FROM unnest(p_key_ids || p_person_key_ids) AS u (key_id)
  WHERE u.key_id IS NOT NULL;
  SELECT count(*) FILTER (WHERE k.destroyed_at IS NULL) INTO live FROM data_keys k
  WHERE k.tenant = p_tenant AND k.key_id = ANY (used);
  IF live < cardinality(used) THEN
    RAISE EXCEPTION 'a key was destroyed' USING ERRCODE = 'DP002';
  END IF;
  SELECT array_agg(m.number ORDER BY m.place), array_agg(m.rank = 1 AND NOT m.ring_pending ORDER BY m.place)
  INTO numbers, rings
  FROM (
    SELECT given.place, s.ring_pending, s.inbox_number + row_number() OVER of_stream AS number,
      row_number() OVER of_stream AS rank
    FROM unnest(p_streams) WITH ORDINALITY AS given (stream_id, place)
    JOIN streams s ON s.tenant = p_tenant AND s.stream_id = given.stream_id
    WINDOW of_stream AS (PARTITION BY given.stream_id ORDER BY given.place)
  ) AS m;
  IF cardinality(numbers) IS DISTINCT FROM cardinality(p_streams) THEN
    RAISE EXCEPTION 'no such stream' USING ERRCODE = 'DP001';
  END IF;
  INSERT INTO inbox (tenant, stream_id, number, message_id, kind, channel, digest, content, personal, person, received_at)
  SELECT p_tenant, m.stream_id, m.number, m.message_id, m.kind, 'door', m.digest, m.content, m.personal, m.person,
    p_received_at
  FROM unnest(p_streams, numbers, p_message_ids, p_kinds, p_digests, p_contents, p_personals, p_people)
    AS m (stream_id, number, message_id, kind, digest, content, personal, person)
  ORDER BY m.message_id
  ON CONFLICT (tenant, message_id) DO NOTHING;
  GET DIAGNOSTICS written = ROW_COUNT;
  IF written <> cardinality(p_message_ids) THEN
    RAISE EXCEPTION 'a message id was taken meanwhile' USING ERRCODE = 'DP004';
  END IF;
  UPDATE streams s SET inbox_number = s.inbox_number + given.messages, ring_pending = true
  FROM (SELECT stream_id, count(*) AS messages FROM unnest(p_streams) AS u (stream_id) GROUP BY stream_id) AS given
  WHERE s.tenant = p_tenant AND s.stream_id = given.stream_id;
  UPDATE cases c SET subject = given.subject
  FROM unnest(p_streams, p_subjects) AS given (stream_id, subject)
  WHERE c.tenant = p_tenant AND c.case_id = given.stream_id AND c.subject IS NULL;
  -- As keep_person would one by one: first seen by the first, reached by the best contact any of them gave.
  INSERT INTO case_people AS known
    (tenant, case_id, role, person, area, address_key, contact, contactable, first_number)
  SELECT DISTINCT ON (m.stream_id, m.role, m.person, m.area)
    p_tenant, m.stream_id, m.role, m.person, m.area, m.address_key, m.contact, m.contactable,
    min(m.number) OVER (PARTITION BY m.stream_id, m.role, m.person, m.area)
  FROM unnest(p_streams, numbers, p_roles, p_people, p_areas, p_address_keys, p_contacts, p_contactables)
    AS m (stream_id, number, role, person, area, address_key, contact, contactable)
  WHERE m.role IS NOT NULL
  ORDER BY m.stream_id, m.role, m.person, m.area, m.contact IS NULL, m.contactable DESC, m.number
  ON CONFLICT (tenant, case_id, role, person, area) DO UPDATE
  SET address_key = excluded.address_key, contact = excluded.contact, contactable = excluded.contactable
  WHERE excluded.contact IS NOT NULL AND (known.contact IS NULL OR (excluded.contactable AND NOT known.contactable));
  RETURN QUERY SELECT u.place, u.number, u.ring FROM unnest(numbers, rings) WITH ORDINALITY AS u (number, ring, place);
END
$$;

-- What was accepted and cannot be processed, kept for a person.
-- message_id: what it came under; the same again is the same row. stream_id and number: of the inbox row that holds its
-- content; without them content holds it, sealed with the tenant's key until it is closed. reason: a code; problem: field
-- and cure, no value. why: an operator's words, sealed likewise.
CREATE TABLE parked (
  tenant text NOT NULL REFERENCES tenants,
  parked_id text NOT NULL,
  message_id text NOT NULL,
  kind text NOT NULL,
  source text NOT NULL,
  stream_id text,
  number bigint,
  reason text NOT NULL,
  problem text NOT NULL,
  content bytea,
  parked_at timestamptz NOT NULL,
  closed_at timestamptz,
  closed_as text CHECK (closed_as IN ('replayed', 'discarded')),
  closed_by text,
  replayed_as text,
  why bytea,
  PRIMARY KEY (tenant, parked_id),
  UNIQUE (tenant, message_id),
  CHECK ((closed_at IS NULL) = (closed_as IS NULL))
);
CREATE INDEX parked_open ON parked (tenant, parked_at) WHERE closed_at IS NULL;
ALTER TABLE parked ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON parked USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (content, closed_at, closed_as, closed_by, replayed_as, why) ON parked TO :app_role;
-- Steps of ladders that the strikes on an account have reached, over all its cases. What was not brought to the account's own
-- case yet is brought by whoever comes by; so is the fall of a step.
CREATE TABLE crossings (
  tenant text NOT NULL REFERENCES tenants,
  crossing_id text NOT NULL,
  account text NOT NULL,
  area text NOT NULL,
  crossing jsonb NOT NULL,
  crossed_at timestamptz NOT NULL,
  brought_at timestamptz,
  fallen_at timestamptz,
  fall_source jsonb,
  fall_brought_at timestamptz,
  PRIMARY KEY (tenant, crossing_id)
);
CREATE INDEX crossings_of_account ON crossings (tenant, account);
CREATE INDEX crossings_to_bring ON crossings (tenant, crossed_at)
  WHERE brought_at IS NULL OR (fallen_at IS NOT NULL AND fall_brought_at IS NULL);
ALTER TABLE crossings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON crossings USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (brought_at, fallen_at, fall_source, fall_brought_at) ON crossings TO :app_role;


-- Status links that were revoked: person '' for everybody's in the case. Whatever was issued up to revoked_at opens nothing.
CREATE TABLE revoked_links (
  tenant text NOT NULL,
  case_id text NOT NULL,
  person text NOT NULL,
  revoked_by text NOT NULL,
  revoked_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, case_id, person)
);
ALTER TABLE revoked_links ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON revoked_links USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (revoked_by, revoked_at) ON revoked_links TO :app_role;
-- Brakes on automation: stops and pauses, what automation did and what became of it, and protected accounts.

-- scope: tenant, area or rule; cause: operator, or corridor (a rule that paused by itself). One live stop of each.
CREATE TABLE stops (
  tenant text NOT NULL REFERENCES tenants,
  stop_id text NOT NULL,
  scope text NOT NULL,
  name text NOT NULL,
  cause text NOT NULL,
  stopped_by text NOT NULL,
  reason bytea NOT NULL,
  at timestamptz NOT NULL,
  resumed_at timestamptz,
  resumed_by text,
  resume_reason bytea,
  PRIMARY KEY (tenant, stop_id)
);
CREATE UNIQUE INDEX stops_live ON stops (tenant, scope, name, cause) WHERE resumed_at IS NULL;
ALTER TABLE stops ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON stops USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (resumed_at, resumed_by, resume_reason) ON stops TO :app_role;

-- One row for each time a rule acted, or would have. braked: why it did not, or null; paged: over a cap it is exempt from.
CREATE TABLE automatic_acts (
  tenant text NOT NULL REFERENCES tenants,
  case_id text NOT NULL,
  matter_id text NOT NULL,
  what text NOT NULL,
  rule_id text NOT NULL,
  area text NOT NULL,
  decision_id text,
  at timestamptz NOT NULL,
  braked text,
  paged boolean NOT NULL,
  reversed_at timestamptz,
  PRIMARY KEY (tenant, case_id, matter_id)
);
CREATE INDEX automatic_acts_of_rule ON automatic_acts (tenant, rule_id, at);
CREATE INDEX automatic_acts_braked ON automatic_acts (tenant, at) WHERE braked IS NOT NULL OR paged;
ALTER TABLE automatic_acts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON automatic_acts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (what, rule_id, decision_id, at, braked, paged, reversed_at) ON automatic_acts TO :app_role;

-- How often automation acted in each hour: of a rule, on an account, in all.
CREATE TABLE act_counts (
  tenant text NOT NULL REFERENCES tenants,
  scope text NOT NULL,
  name text NOT NULL,
  hour timestamptz NOT NULL,
  acts integer NOT NULL,
  PRIMARY KEY (tenant, scope, name, hour)
);
ALTER TABLE act_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON act_counts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (acts) ON act_counts TO :app_role;

-- How often automation acted on each UTC day: of a rule, on an account, in all. Beside the hours, since adding these up misses
-- whatever another worker counts in the hour before and has not committed.
CREATE TABLE act_days (
  tenant text NOT NULL REFERENCES tenants,
  scope text NOT NULL,
  name text NOT NULL,
  day timestamptz NOT NULL,
  acts integer NOT NULL,
  PRIMARY KEY (tenant, scope, name, day)
);
ALTER TABLE act_days ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON act_days USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (acts) ON act_days TO :app_role;

-- Accounts that nothing automatic may befall. account: target key; platform_id and source are sealed.
CREATE TABLE protected_accounts (
  tenant text NOT NULL REFERENCES tenants,
  account text NOT NULL,
  reason text NOT NULL,
  platform_id bytea NOT NULL,
  source bytea NOT NULL,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  expires_at timestamptz,
  removed_at timestamptz,
  removed_by text,
  PRIMARY KEY (tenant, account, added_at)
);
CREATE UNIQUE INDEX protected_accounts_live ON protected_accounts (tenant, account) WHERE removed_at IS NULL;
ALTER TABLE protected_accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON protected_accounts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (removed_at, removed_by) ON protected_accounts TO :app_role;


-- Campaigns: raids handled as one case each. paused_at: no page of its batches goes out until it is resumed.
CREATE TABLE campaigns (
  tenant text NOT NULL,
  case_id text NOT NULL,
  opened_at timestamptz NOT NULL,
  paused_at timestamptz,
  paused_by text,
  members bigint NOT NULL DEFAULT 0,
  drawn bigint NOT NULL DEFAULT 0,
  asked_at_members bigint NOT NULL DEFAULT 0,
  late_until timestamptz,
  PRIMARY KEY (tenant, case_id)
);
ALTER TABLE campaigns ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON campaigns USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (paused_at, paused_by, members, drawn, asked_at_members, late_until) ON campaigns TO :app_role;

-- One subject of a campaign each. member_key: its key as a target, and in its own case's id. named: the platform's ids of it and
-- of its account, sealed under the campaign's key. What was ordered of it, and what came of it, stands in measures and orders.
CREATE TABLE campaign_members (
  tenant text NOT NULL,
  case_id text NOT NULL,
  member_key text NOT NULL,
  kind text NOT NULL,
  named bytea NOT NULL,
  account_key text,
  person text,
  content_version text,
  first_seen timestamptz NOT NULL,
  joined_at timestamptz NOT NULL,
  sampled boolean NOT NULL DEFAULT false,
  split_at timestamptz,
  PRIMARY KEY (tenant, case_id, member_key),
  FOREIGN KEY (tenant, case_id) REFERENCES campaigns
);
CREATE INDEX campaign_members_by_key ON campaign_members (tenant, member_key);
CREATE INDEX campaign_members_by_account ON campaign_members (tenant, case_id, account_key, member_key);
CREATE INDEX campaign_members_by_person ON campaign_members (tenant, case_id, person) WHERE person IS NOT NULL;
ALTER TABLE campaign_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON campaign_members USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (sampled, split_at, content_version) ON campaign_members TO :app_role;

-- One campaign's order, carried out member by member. stopped_at: a later order takes back what this one imposes.
CREATE TABLE campaign_batches (
  tenant text NOT NULL,
  case_id text NOT NULL,
  order_id text NOT NULL,
  target text NOT NULL,
  workflow_id text NOT NULL,
  begun_at timestamptz NOT NULL,
  stopped_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (tenant, case_id, order_id),
  FOREIGN KEY (tenant, case_id) REFERENCES campaigns
);
ALTER TABLE campaign_batches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON campaign_batches USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (stopped_at, ended_at) ON campaign_batches TO :app_role;

-- Decisions that rest on decisions of other cases (a linked account, a ban evaded), and fall with them.
CREATE TABLE decisions_rest_on (
  tenant text NOT NULL REFERENCES tenants,
  source_case text NOT NULL,
  source_decision text NOT NULL,
  case_id text NOT NULL,
  decision_id text NOT NULL,
  noted_at timestamptz NOT NULL,
  fall_brought_at timestamptz,
  PRIMARY KEY (tenant, source_case, source_decision, case_id, decision_id)
);
ALTER TABLE decisions_rest_on ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON decisions_rest_on USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (fall_brought_at) ON decisions_rest_on TO :app_role;

-- Bodies, as the coordinators' public list names them (Art. 22(5)). areas: of the policy pack, for which each was designated.
CREATE TABLE trusted_flaggers (
  tenant text NOT NULL REFERENCES tenants,
  flagger_id text NOT NULL,
  name text NOT NULL,
  coordinator text NOT NULL,
  areas text[] NOT NULL,
  registered_at timestamptz NOT NULL,
  designated_at timestamptz NOT NULL,
  designated_until timestamptz,
  PRIMARY KEY (tenant, flagger_id)
);
ALTER TABLE trusted_flaggers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON trusted_flaggers USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON trusted_flaggers TO :app_role;

-- What a body is recognised by. kind: token (its name) or person (the key of an account or address). One body each.
CREATE TABLE flagger_identities (
  tenant text NOT NULL REFERENCES tenants,
  kind text NOT NULL CHECK (kind IN ('token', 'person')),
  value text NOT NULL,
  flagger_id text NOT NULL,
  PRIMARY KEY (tenant, kind, value),
  FOREIGN KEY (tenant, flagger_id) REFERENCES trusted_flaggers (tenant, flagger_id)
);
ALTER TABLE flagger_identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON flagger_identities USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (flagger_id) ON flagger_identities TO :app_role;

-- How each body stood from when on, by whom, and why (sealed). The first is its registration; none is changed or deleted.
CREATE TABLE flagger_changes (
  tenant text NOT NULL REFERENCES tenants,
  flagger_id text NOT NULL,
  number integer NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'suspended', 'ended')),
  at timestamptz NOT NULL,
  by text NOT NULL,
  reason bytea NOT NULL,
  PRIMARY KEY (tenant, flagger_id, number),
  FOREIGN KEY (tenant, flagger_id) REFERENCES trusted_flaggers (tenant, flagger_id)
);
ALTER TABLE flagger_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON flagger_changes USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON flagger_changes TO :app_role;

-- What is alike, as a function: it is shown, counted, and told apart by time and account.
CREATE FUNCTION alike_cases(p_tenant text, p_case text, p_likenesses text[], p_values integer, p_bits integer)
RETURNS TABLE (case_id text, version integer, likeness text, differing integer, account text, captured_at timestamptz)
LANGUAGE sql STABLE AS $$
WITH own AS (
  SELECT f.version, f.likeness, f.place, f.value FROM fingerprints f
  WHERE f.tenant = p_tenant AND f.case_id = p_case AND f.likeness = ANY (p_likenesses)
    AND f.version = (SELECT max(version) FROM evidence_versions WHERE tenant = p_tenant AND case_id = p_case)
),
exact AS (
  SELECT other.case_id, other.version, own.likeness, 0 AS differing,
    other.account, other.captured_at
  FROM own
  CROSS JOIN LATERAL (
    SELECT f.case_id, f.version, f.account, f.captured_at FROM fingerprints f
    WHERE f.tenant = p_tenant AND f.likeness = own.likeness AND f.value = own.value
      AND f.likeness IN ('content', 'words') AND f.case_id <> p_case
    ORDER BY f.captured_at DESC LIMIT 1000) AS other
),
candidates AS (
  SELECT DISTINCT own.likeness, own.value, near.case_id, near.version, near.place
  FROM own
  JOIN fingerprint_slots mine ON mine.tenant = p_tenant AND mine.case_id = p_case AND mine.version = own.version
    AND mine.likeness = own.likeness AND mine.place = own.place
  CROSS JOIN LATERAL (
    SELECT 0 AS bit UNION ALL SELECT 1 << b FROM generate_series(0, 15) AS b WHERE own.likeness = 'picture') AS flipped
  CROSS JOIN LATERAL (
    SELECT s.case_id, s.version, s.place FROM fingerprint_slots s
    WHERE s.tenant = p_tenant AND s.likeness = mine.likeness AND s.slot = mine.slot # flipped.bit AND s.case_id <> p_case
    LIMIT 1000) AS near
  WHERE (near.case_id, near.version) NOT IN (SELECT e.case_id, e.version FROM exact e)  -- hashed, whatever is estimated
),
compared AS (
  SELECT c.case_id, c.version, c.likeness,
    CASE c.likeness
      WHEN 'picture' THEN bit_count(('x' || encode(c.value, 'hex'))::bit(256) # ('x' || encode(f.value, 'hex'))::bit(256))
      ELSE (
        SELECT bit_count((x | x >> 1 | x >> 2 | x >> 3) & B'0001000100010001000100010001000100010001000100010001000100010001')
        FROM (SELECT ('x' || encode(c.value, 'hex'))::bit(64) # ('x' || encode(f.value, 'hex'))::bit(64) AS x) AS apart)
    END AS differing,
    f.account, f.captured_at
  FROM candidates c
  JOIN fingerprints f ON f.tenant = p_tenant AND f.case_id = c.case_id AND f.version = c.version AND f.likeness = c.likeness
    AND f.place = c.place
),
alike AS (
  SELECT * FROM exact
  UNION ALL
  SELECT * FROM compared WHERE differing <= CASE likeness WHEN 'picture' THEN p_bits::integer ELSE p_values::integer END
),
likest AS (
  SELECT DISTINCT ON (a.case_id, a.version) a.case_id, a.version, a.likeness, a.differing, a.account, a.captured_at
  FROM alike a
  WHERE split_part(a.case_id, '/', 3) = split_part(p_case, '/', 3)
  ORDER BY a.case_id, a.version, array_position(ARRAY['content', 'words', 'wording', 'picture'], a.likeness), a.differing
)
SELECT l.case_id, l.version, l.likeness, l.differing, l.account, l.captured_at
FROM likest l
WHERE l.version = (SELECT max(e.version) FROM evidence_versions e WHERE e.tenant = p_tenant AND e.case_id = l.case_id)
ORDER BY l.case_id;
$$;

-- How much of an account's content was captured lately, counted from one index.
CREATE INDEX fingerprints_by_account ON fingerprints (tenant, account, captured_at) WHERE likeness = 'content';

-- Who said the same words how often, counted from one index however many others say them.
CREATE INDEX fingerprints_by_author ON fingerprints (tenant, account, value, captured_at DESC) WHERE likeness = 'words';

-- Contents by the community where they were said, the newest of them.
CREATE INDEX fingerprints_by_community ON fingerprints (tenant, value, captured_at) WHERE likeness = 'community';

-- Calls to a person: somebody may be in danger, and a queue alone is not looked at by night.

-- One per open task that pages. level: how often it went unanswered, and one; next_at: when to call (again).
CREATE TABLE pages (
  tenant text NOT NULL REFERENCES tenants,
  page_id text NOT NULL,
  stream_id text NOT NULL,
  task_id text NOT NULL,
  queue text NOT NULL,
  severity smallint NOT NULL,
  due_at timestamptz NOT NULL,
  opened_at timestamptz NOT NULL,
  next_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  level integer NOT NULL DEFAULT 1,
  sent_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  ended_at timestamptz,
  PRIMARY KEY (tenant, page_id),
  FOREIGN KEY (tenant, stream_id, task_id) REFERENCES review_tasks
);
CREATE UNIQUE INDEX pages_one_per_task ON pages (tenant, stream_id, task_id) WHERE ended_at IS NULL;
CREATE INDEX pages_to_send ON pages (tenant, next_at) WHERE ended_at IS NULL AND acknowledged_at IS NULL;
ALTER TABLE pages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON pages USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (queue, due_at, next_at, attempts, level, sent_at, acknowledged_at, acknowledged_by, ended_at)
  ON pages TO :app_role;

-- Every step of looking, once per claim: warning (it was read), masked, clear; of an attachment (place) veiled, grey, clear. Who,
-- what, when, how closely; never content.
CREATE TABLE reveals (
  tenant text NOT NULL REFERENCES tenants,
  lease_id text NOT NULL,
  level text NOT NULL,
  reviewer text NOT NULL,
  stream_id text NOT NULL,
  task_id text NOT NULL,
  severity smallint NOT NULL,
  area text,
  evidence_version integer,
  at timestamptz NOT NULL,
  place smallint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, lease_id, level, place),
  FOREIGN KEY (tenant, lease_id) REFERENCES leases
);
CREATE INDEX reveals_of_reviewer ON reveals (tenant, reviewer, at);
ALTER TABLE reveals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON reveals USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON reveals TO :app_role;

-- What a reviewer looked at since, and what they hold and have not looked at; of severities that weigh nothing only what was
-- looked at since p_recent. An attachment that is not veiled is seen clear.
CREATE FUNCTION looks_of(
  p_tenant text, p_reviewer text, p_now timestamptz, p_since timestamptz, p_weighing smallint[], p_recent timestamptz)
RETURNS TABLE (first_at timestamptz, last_at timestamptz, severity smallint, area text, level text)
LANGUAGE sql STABLE AS $$
  SELECT min(v.at), max(v.at), v.severity, v.area,
    CASE WHEN bool_or(v.level IN ('clear', 'grey')) THEN 'clear' ELSE 'masked' END
  FROM reveals v WHERE v.tenant = p_tenant AND v.reviewer = p_reviewer AND v.at >= p_since AND v.level <> 'warning'
    AND (p_weighing IS NULL OR v.severity = ANY (p_weighing) OR v.at >= p_recent)
  GROUP BY v.stream_id, v.task_id, v.severity, v.area
  UNION ALL
  SELECT l.claimed_at, l.claimed_at, t.severity, t.area, NULL
  FROM leases l JOIN review_tasks t ON t.tenant = p_tenant AND t.stream_id = l.stream_id AND t.task_id = l.task_id
  WHERE l.tenant = p_tenant AND l.reviewer = p_reviewer AND l.released_at IS NULL AND l.expires_at > p_now
    AND p_since IS NOT NULL AND NOT EXISTS (
      SELECT FROM reveals v WHERE v.tenant = p_tenant AND v.lease_id = l.lease_id AND v.level <> 'warning')
$$;

-- The same in other tenants that this person works for: times, severities and levels, and nothing else of what was seen there.
-- Row-level security is forced for every role, so it names each tenant in turn, and ends with the one it was called for.
CREATE FUNCTION looks_elsewhere(
  p_tenant text, p_elsewhere text[], p_reviewer text, p_now timestamptz, p_since timestamptz, p_weighing smallint[],
  p_recent timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  other text;
  looks jsonb := '[]';
BEGIN
  FOREACH other IN ARRAY p_elsewhere LOOP
    PERFORM set_config('dueprocess.tenant', other, true);
    looks := looks || coalesce((
      SELECT jsonb_agg(jsonb_build_object(
        'first_at', s.first_at, 'last_at', s.last_at, 'severity', s.severity, 'level', s.level))
      FROM looks_of(other, p_reviewer, p_now, p_since, p_weighing, p_recent) AS s), '[]');
  END LOOP;
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  RETURN looks;
END
$$;

-- Areas that a reviewer is not shown, by their own word. No reason is asked or kept.
CREATE TABLE opt_outs (
  tenant text NOT NULL REFERENCES tenants,
  reviewer text NOT NULL,
  areas text[] NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, reviewer)
);
ALTER TABLE opt_outs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON opt_outs USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (areas, changed_at) ON opt_outs TO :app_role;

-- Claims by who was called, though a break was due or a budget spent (P12).
CREATE INDEX leases_despite_limits ON leases (tenant, claimed_at) WHERE despite_limits;
-- about: account, community, topic. keys: by which a case is recognised to be about it (of a topic its area); name: sealed.
-- Ended, never deleted: the record says who was barred, when, and on whose word.
CREATE TABLE declared_conflicts (
  tenant text NOT NULL REFERENCES tenants,
  conflict_id text NOT NULL,
  reviewer text NOT NULL,
  about text NOT NULL,
  keys text[] NOT NULL,
  name bytea NOT NULL,
  declared_at timestamptz NOT NULL,
  declared_by text NOT NULL,
  ended_at timestamptz,
  ended_by text,
  PRIMARY KEY (tenant, conflict_id)
);
CREATE UNIQUE INDEX declared_conflicts_live ON declared_conflicts (tenant, reviewer, about, keys) WHERE ended_at IS NULL;
ALTER TABLE declared_conflicts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON declared_conflicts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON declared_conflicts TO :app_role;

-- In which community what a case is about stands.
CREATE TABLE case_communities (
  tenant text NOT NULL,
  case_id text NOT NULL,
  community text NOT NULL,
  PRIMARY KEY (tenant, case_id, community)
);
ALTER TABLE case_communities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON case_communities USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON case_communities TO :app_role;

-- Whether this reviewer is among the people of a case, is what it is about, or has declared a conflict with it. p_area: of the
-- allegation, null: the case's leading one.
CREATE FUNCTION in_conflict(p_tenant text, p_reviewer text, p_case text, p_area text)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  known text[];
BEGIN
  SELECT coalesce((SELECT v.person_keys FROM reviewers v WHERE v.tenant = p_tenant AND v.reviewer_id = p_reviewer), '{}')
    || coalesce((SELECT array_agg(one) FROM declared_conflicts k, unnest(k.keys) AS one
                 WHERE k.tenant = p_tenant AND k.reviewer = p_reviewer AND k.ended_at IS NULL AND k.about <> 'topic'), '{}')
  INTO known;
  IF split_part(p_case, '/', 3) = 'campaign' AND cardinality(known) > 0 AND (
    EXISTS (
      SELECT FROM campaign_members m WHERE m.tenant = p_tenant AND m.case_id = p_case AND m.account_key = ANY (known))
    OR EXISTS (
      SELECT FROM campaign_members m WHERE m.tenant = p_tenant AND m.case_id = p_case AND m.person = ANY (known))
    OR EXISTS (
      SELECT FROM campaign_members m WHERE m.tenant = p_tenant AND m.case_id = p_case AND m.member_key = ANY (known || ARRAY(
        SELECT split_part(p.case_id, '/', 4) FROM case_people p
        WHERE p.tenant = p_tenant AND p.person <> '' AND (p.person = ANY (known) OR p.address_key = ANY (known)))))
  ) THEN
    RETURN true;
  END IF;
  RETURN split_part(p_case, '/', 4) = ANY (known)
    OR EXISTS (
      SELECT FROM case_people p WHERE p.tenant = p_tenant AND p.case_id = p_case AND p.person <> ''
        AND (p.person = ANY (known) OR p.address_key = ANY (known)))
    OR EXISTS (
      SELECT FROM case_communities m WHERE m.tenant = p_tenant AND m.case_id = p_case AND m.community = ANY (known))
    OR EXISTS (
      SELECT FROM declared_conflicts k
      WHERE k.tenant = p_tenant AND k.reviewer = p_reviewer AND k.ended_at IS NULL AND k.about = 'topic'
        AND k.keys[1] = coalesce(p_area, (SELECT c.category FROM cases c WHERE c.tenant = p_tenant AND c.case_id = p_case)));
END
$$;

-- A matter with an answer that a lead gave.
CREATE TABLE golden_items (
  tenant text NOT NULL REFERENCES tenants,
  golden_id text NOT NULL,
  case_id text NOT NULL,
  matter_id text NOT NULL,
  queue text NOT NULL,
  area text,
  outcome text NOT NULL,
  reason_id text NOT NULL,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  retired_by text,
  retired_at timestamptz,
  PRIMARY KEY (tenant, golden_id)
);
CREATE INDEX golden_items_in_use ON golden_items (tenant, queue) WHERE retired_at IS NULL;
ALTER TABLE golden_items ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON golden_items USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (retired_by, retired_at) ON golden_items TO :app_role;

-- A set that everybody named judges.
CREATE TABLE exercises (
  tenant text NOT NULL REFERENCES tenants,
  exercise_id text NOT NULL,
  opened_by text NOT NULL,
  opened_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  digest text NOT NULL,
  PRIMARY KEY (tenant, exercise_id)
);
ALTER TABLE exercises ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON exercises USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON exercises TO :app_role;

-- One question that checks. stream_id: the name it is asked under; later_seconds: by how much its times are moved. expected:
-- the known answer, or the first reviewer's; answer: `cases.received.DecisionAsk`, which has no free text. passed_over: sampled, and not to be asked.
-- checked_sequence: how far its case had come when it was last found fit. Its task is a row of review_tasks.
CREATE TABLE probes (
  tenant text NOT NULL REFERENCES tenants,
  stream_id text NOT NULL,
  purpose text NOT NULL,
  case_id text NOT NULL,
  matter_id text NOT NULL,
  later_seconds float8 NOT NULL,
  queue text NOT NULL,
  area text,
  language text,
  rule_id text,
  expected text,
  golden_id text,
  exercise_id text,
  first_by text,
  decision_id text,
  opened_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  reviewer text,
  outcome text,
  answer jsonb,
  answered_at timestamptz,
  withdrawn_at timestamptz,
  passed_over boolean NOT NULL DEFAULT false,
  settled_outcome text,
  settled_by text,
  settled_at timestamptz,
  settled_reason_id text,
  checked_sequence bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, stream_id)
);
CREATE UNIQUE INDEX probes_one_double ON probes (tenant, case_id, matter_id) WHERE purpose = 'double';
CREATE INDEX probes_open ON probes (tenant, due_at) WHERE answered_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX probes_answered ON probes (tenant, answered_at) WHERE answered_at IS NOT NULL;
CREATE INDEX probes_of_queue ON probes (tenant, queue, opened_at) WHERE purpose = 'golden';
ALTER TABLE probes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON probes USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (reviewer, outcome, answer, answered_at, withdrawn_at,
                              settled_outcome, settled_by, settled_at, settled_reason_id, checked_sequence)
  ON probes TO :app_role;

-- Who read figures about people, when.
CREATE TABLE quality_reads (
  tenant text NOT NULL REFERENCES tenants,
  at timestamptz NOT NULL,
  by text NOT NULL,
  what text NOT NULL
);
CREATE INDEX quality_reads_at ON quality_reads (tenant, at);
ALTER TABLE quality_reads ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON quality_reads USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON quality_reads TO :app_role;

CREATE INDEX review_tasks_closed ON review_tasks (tenant, closed_at) WHERE closed_at IS NOT NULL;


-- Banks of hashes of known content: what they are a sign of, whose list each is, who may be given it, and what matched.

CREATE TABLE banks (
  tenant text NOT NULL REFERENCES tenants,
  bank text NOT NULL,
  label text NOT NULL,
  kind text NOT NULL,
  source text NOT NULL,
  sharing text NOT NULL,
  within_bits integer NOT NULL,
  matching boolean NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, bank)
);
ALTER TABLE banks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON banks USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (matching) ON banks TO :app_role;

-- One hash. An entry that was removed stays, with who removed it and why (sealed), so that it is not banked again unseen.
CREATE TABLE bank_entries (
  tenant text NOT NULL,
  bank text NOT NULL,
  entry_id text NOT NULL,
  value bytea NOT NULL,
  reference text,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  removed_by text,
  removed_at timestamptz,
  removal_reason bytea,
  case_id text,
  decision_id text,
  fell_at timestamptz,
  PRIMARY KEY (tenant, bank, entry_id),
  FOREIGN KEY (tenant, bank) REFERENCES banks
);
CREATE INDEX bank_entries_by_value ON bank_entries (tenant, value) WHERE removed_at IS NULL;
CREATE INDEX bank_entries_by_decision ON bank_entries (tenant, case_id, decision_id) WHERE case_id IS NOT NULL;
ALTER TABLE bank_entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bank_entries USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (reference, added_by, added_at, removed_by, removed_at, removal_reason, case_id, decision_id, fell_at)
  ON bank_entries TO :app_role;

-- Sixteen bits of a PDQ entry with their place, by which a near one is found.
CREATE TABLE bank_slots (
  tenant text NOT NULL,
  slot integer NOT NULL,
  bank text NOT NULL,
  entry_id text NOT NULL,
  PRIMARY KEY (tenant, slot, bank, entry_id)
);
ALTER TABLE bank_slots ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bank_slots USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON bank_slots TO :app_role;

-- In which case which entry matched: who is concerned if it was a false one.
CREATE TABLE bank_matches (
  tenant text NOT NULL,
  bank text NOT NULL,
  entry_id text NOT NULL,
  case_id text NOT NULL,
  version integer NOT NULL,
  differing integer NOT NULL,
  matched_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, bank, entry_id, case_id, version)
);
ALTER TABLE bank_matches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bank_matches USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON bank_matches TO :app_role;

-- What operators asked about banks, by message id. digest: HMAC-SHA256 under the tenant's secret.
CREATE TABLE bank_messages (
  tenant text NOT NULL,
  message_id text NOT NULL,
  digest bytea NOT NULL,
  came_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, message_id)
);
ALTER TABLE bank_messages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bank_messages USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON bank_messages TO :app_role;

-- Vendors: which are switched off, what they were used for each day, and the tasks they call back about.

-- A vendor that is not to be asked, with who said so and why (sealed). One live switch of each.
CREATE TABLE vendor_switches (
  tenant text NOT NULL REFERENCES tenants,
  vendor text NOT NULL,
  switch_id text NOT NULL,
  off_by text NOT NULL,
  reason bytea NOT NULL,
  off_at timestamptz NOT NULL,
  on_by text,
  on_at timestamptz,
  PRIMARY KEY (tenant, vendor, switch_id)
);
CREATE UNIQUE INDEX vendor_switches_live ON vendor_switches (tenant, vendor) WHERE on_at IS NULL;
ALTER TABLE vendor_switches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON vendor_switches USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (on_by, on_at) ON vendor_switches TO :app_role;

-- Calls to a vendor and what they cost, a row for each UTC day. failed: calls without a word.
CREATE TABLE vendor_days (
  tenant text NOT NULL REFERENCES tenants,
  vendor text NOT NULL,
  day date NOT NULL,
  calls integer NOT NULL,
  micros bigint NOT NULL,
  failed integer NOT NULL,
  PRIMARY KEY (tenant, vendor, day)
);
ALTER TABLE vendor_days ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON vendor_days USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (calls, micros, failed) ON vendor_days TO :app_role;

-- A task at a vendor. Either side may write it first: who asked (case_id and what follows), or the callback (word: labels and
-- numbers, no content). What has both is brought to the case.
CREATE TABLE vendor_tasks (
  tenant text NOT NULL REFERENCES tenants,
  vendor text NOT NULL,
  task_id text NOT NULL,
  case_id text,
  consultation text,
  asked_at timestamptz,
  due_at timestamptz,
  cost_micros bigint,
  word text,
  called_at timestamptz,
  brought_at timestamptz,
  PRIMARY KEY (tenant, vendor, task_id)
);
CREATE INDEX vendor_tasks_unclaimed ON vendor_tasks (tenant, called_at) WHERE case_id IS NULL;
ALTER TABLE vendor_tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON vendor_tasks USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (case_id, consultation, asked_at, due_at, cost_micros, word, called_at, brought_at)
  ON vendor_tasks TO :app_role;

-- The files of a released pack, sealed: what a matter was judged by is at hand for as long as the matter.
CREATE TABLE policy_packs (
  tenant text NOT NULL REFERENCES tenants,
  digest text NOT NULL,
  pack_id text NOT NULL,
  version text NOT NULL,
  files bytea NOT NULL,
  stored_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, digest)
);
ALTER TABLE policy_packs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON policy_packs USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON policy_packs TO :app_role;

-- What happened to releases, appended once, numbered per tenant. kind: proposed, approved, withdrawn, rolled_back.
CREATE TABLE policy_events (
  tenant text NOT NULL REFERENCES tenants,
  number bigint NOT NULL,
  kind text NOT NULL,
  release_id text NOT NULL,
  by text NOT NULL,
  at timestamptz NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (tenant, number),
  UNIQUE (tenant, kind, release_id)
);
ALTER TABLE policy_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON policy_events USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON policy_events TO :app_role;

-- Backtests that were run: of which pack, over which time, by whom, and what came out.
CREATE TABLE policy_backtests (
  tenant text NOT NULL REFERENCES tenants,
  backtest_id text NOT NULL,
  digest text NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  cases integer NOT NULL,
  ran_by text NOT NULL,
  ran_at timestamptz NOT NULL,
  report bytea NOT NULL,
  PRIMARY KEY (tenant, backtest_id)
);
CREATE INDEX policy_backtests_of_pack ON policy_backtests (tenant, digest, ran_at);
ALTER TABLE policy_backtests ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON policy_backtests USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON policy_backtests TO :app_role;
-- Bulk: one act done to many cases. plan: act and selection, ids and enums only; digest: of the preview, which is what a second
-- person approves. phase: whose turn it is. looked_at: when a page was last worked on. reason, undo_reason are sealed.
CREATE TABLE bulks (
  tenant text NOT NULL REFERENCES tenants,
  bulk_id text NOT NULL,
  plan jsonb NOT NULL,
  plan_digest text NOT NULL,
  reason bytea NOT NULL,
  proposed_by text NOT NULL,
  proposed_at timestamptz NOT NULL,
  named_roles text[] NOT NULL,
  phase text NOT NULL CHECK (phase IN (
    'selecting', 'refused', 'previewed', 'carrying_out', 'done', 'cancelled', 'undo_asked', 'undoing', 'undone')),
  looked_at timestamptz NOT NULL,
  note text NOT NULL DEFAULT '',
  digest text,
  approved_by text,
  approved_at timestamptz,
  paused_at timestamptz,
  paused_by text,
  cancelled_at timestamptz,
  cancelled_by text,
  ended_at timestamptz,
  undo_by text,
  undo_at timestamptz,
  undo_reason bytea,
  undo_approved_by text,
  undo_approved_at timestamptz,
  PRIMARY KEY (tenant, bulk_id)
);
CREATE INDEX bulks_by_time ON bulks (tenant, proposed_at);
CREATE INDEX bulks_under_way ON bulks (tenant, looked_at) WHERE phase IN ('selecting', 'carrying_out', 'undoing');
ALTER TABLE bulks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bulks USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (
  phase, looked_at, note, digest, approved_by, approved_at, paused_at, paused_by, cancelled_at, cancelled_by, ended_at,
  undo_by, undo_at, undo_reason, undo_approved_by, undo_approved_at) ON bulks TO :app_role;

-- What a bulk was found to reach, one row a decision, hold, question or case. left_out: why nothing is done to it; state: of the
-- act, undo_state: of undoing it. What the case made of either stands in its events.
CREATE TABLE bulk_members (
  tenant text NOT NULL,
  bulk_id text NOT NULL,
  member_id text NOT NULL,
  case_id text NOT NULL,
  target text NOT NULL,
  area text NOT NULL,
  account text,
  reach bigint NOT NULL,
  measures integer NOT NULL,
  appeals integer NOT NULL,
  child_safety boolean NOT NULL,
  protected boolean NOT NULL,
  left_out text NOT NULL,
  state text NOT NULL CHECK (state IN ('planned', 'asked', 'done', 'refused', 'left')),
  undo_state text CHECK (undo_state IN ('planned', 'asked', 'done', 'refused')),
  counted_at timestamptz,
  PRIMARY KEY (tenant, bulk_id, member_id),
  FOREIGN KEY (tenant, bulk_id) REFERENCES bulks
);
CREATE INDEX bulk_members_to_do ON bulk_members (tenant, bulk_id, member_id) WHERE state IN ('planned', 'asked');
CREATE INDEX bulk_members_to_undo ON bulk_members (tenant, bulk_id, member_id) WHERE undo_state IN ('planned', 'asked');
ALTER TABLE bulk_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bulk_members USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (state, undo_state, counted_at) ON bulk_members TO :app_role;

-- Why a member's case refused its part, or undoing it, as its own event says: a code, and the rule with its cure, no content.
CREATE TABLE bulk_refusals (
  tenant text NOT NULL,
  bulk_id text NOT NULL,
  member_id text NOT NULL,
  undo boolean NOT NULL,
  code text NOT NULL,
  problem text NOT NULL,
  PRIMARY KEY (tenant, bulk_id, member_id, undo),
  FOREIGN KEY (tenant, bulk_id, member_id) REFERENCES bulk_members
);
ALTER TABLE bulk_refusals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bulk_refusals USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON bulk_refusals TO :app_role;

-- What whoever is on call hears once when it begins and once when it is over: a drift of detectors or rules, a release that
-- did not start. about: which; told: numbers and versions, no content.
CREATE TABLE alarms (
  tenant text NOT NULL REFERENCES tenants,
  alarm_id text NOT NULL,
  kind text NOT NULL,
  about text NOT NULL,
  told jsonb NOT NULL,
  since timestamptz NOT NULL,
  opened_at timestamptz NOT NULL,
  next_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  sent_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  ended_at timestamptz,
  end_sent_at timestamptz,
  PRIMARY KEY (tenant, alarm_id)
);
CREATE UNIQUE INDEX alarms_one_stands ON alarms (tenant, kind, about) WHERE ended_at IS NULL;
CREATE INDEX alarms_to_send ON alarms (tenant, next_at) WHERE sent_at IS NULL OR (ended_at IS NOT NULL AND end_sent_at IS NULL);
ALTER TABLE alarms ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON alarms USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (next_at, attempts, sent_at, acknowledged_at, acknowledged_by, ended_at, end_sent_at)
  ON alarms TO :app_role;

-- How often each detector and rule was asked and said yes, hour by hour, and its scores in ten parts. who '': the hour was
-- counted, whether anybody was asked or not.
CREATE TABLE said_counts (
  tenant text NOT NULL REFERENCES tenants,
  hour timestamptz NOT NULL,
  who text NOT NULL,
  runs integer NOT NULL,
  passes integer NOT NULL,
  bins integer[] NOT NULL,
  PRIMARY KEY (tenant, hour, who)
);
ALTER TABLE said_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON said_counts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON said_counts TO :app_role;

-- Sessions of reviewers' pages that were signed out before their time. session: SHA-256 of what names it in the cookie.
CREATE TABLE ended_sessions (
  tenant text NOT NULL,
  session bytea NOT NULL,
  lapses_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, session)
);
ALTER TABLE ended_sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ended_sessions USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON ended_sessions TO :app_role;

-- The platform confirmed an order; the first confirmation stands, and what was skipped meanwhile is in effect after all. The
-- target is locked before the order, as by whoever issues one, and both before anything is read: a skip that is committed while
-- this waits is seen whole.
CREATE FUNCTION note_confirmed(
  p_tenant text, p_case text, p_order text, p_at timestamptz, p_version bigint, p_how text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  skipped text[];
  target text;
BEGIN
  PERFORM FROM targets t
  WHERE t.tenant = p_tenant AND t.target_key = (
    SELECT o.target_key FROM orders o WHERE o.tenant = p_tenant AND o.case_id = p_case AND o.order_id = p_order)
  FOR UPDATE;
  SELECT o.target_key, o.skipped_revokes INTO target, skipped FROM orders o
  WHERE o.tenant = p_tenant AND o.case_id = p_case AND o.order_id = p_order AND o.confirmed_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE orders SET confirmed_at = p_at, confirmed_version = p_version, confirmed_how = p_how, last_error = NULL,
    next_try_at = NULL, skipped_at = NULL
  WHERE tenant = p_tenant AND case_id = p_case AND order_id = p_order;
  UPDATE measures SET revoked_by = NULL, revoked_at = NULL
  WHERE tenant = p_tenant AND case_id = p_case AND order_id = p_order AND revoked_by = 'skipped';
  UPDATE measures SET revoked_by = p_order, revoked_at = p_at
  WHERE tenant = p_tenant AND case_id = p_case AND measure_id = ANY (skipped) AND revoked_by IS NULL;
  UPDATE targets SET confirmed_version = greatest(confirmed_version, p_version)
  WHERE tenant = p_tenant AND target_key = target;
END
$$;
