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
