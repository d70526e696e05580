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
  PRIMARY KEY (tenant, case_id)
) WITH (fillfactor = 70);
CREATE INDEX cases_by_stage ON cases (tenant, stage);
CREATE INDEX cases_by_deadline ON cases (tenant, due_at) WHERE due_at IS NOT NULL;
ALTER TABLE cases ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON cases USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT,
  UPDATE (subject, stage, category, queue, rule, jurisdiction, priority, due_at, stuck, legal_hold, projected_at)
  ON cases TO :app_role;

-- Who has to do with a case, as what. contact is sealed with the person's own key. person '' with role reporter stands
-- for everybody who reported without a name. area '' for authors and appellants. first_number: their earliest message.
CREATE TABLE case_people (
  tenant text NOT NULL,
  case_id text NOT NULL,
  role text NOT NULL CHECK (role IN ('author', 'reporter', 'appellant')),
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
GRANT SELECT, INSERT, UPDATE (address_key, contact, contactable) ON case_people TO :app_role;

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
ALTER TABLE inbox ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON inbox USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (consumed_at) ON inbox TO :app_role;

-- What an operator must do by hand about a case; `history_holds_text`: delete that run, Temporal's history holds text.
CREATE TABLE case_flags (
  tenant text NOT NULL,
  stream_id text NOT NULL,
  flag text NOT NULL,
  raised_at timestamptz NOT NULL,
  cleared_at timestamptz,
  PRIMARY KEY (tenant, stream_id, flag)
);
ALTER TABLE case_flags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON case_flags USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (raised_at, cleared_at) ON case_flags TO :app_role;

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
