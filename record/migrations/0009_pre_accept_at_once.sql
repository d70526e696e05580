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
