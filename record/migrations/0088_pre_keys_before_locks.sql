-- The keys of people in a case are made before its lock is taken, as doors do: two that write at once wait for one another in
-- one order.

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
