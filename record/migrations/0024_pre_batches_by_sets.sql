-- Keys are looked up by their id, and the people of a batch are kept by one statement. Before, a planner that has no statistics
-- yet compared every key of a batch with every key of the tenant.

CREATE OR REPLACE FUNCTION require_live_key(p_tenant text, p_key_id text) RETURNS void LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION accept_batch(
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

CREATE OR REPLACE FUNCTION ensure_scopes(
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
