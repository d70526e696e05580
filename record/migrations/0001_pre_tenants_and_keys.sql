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
BEGIN
  IF NOT EXISTS (SELECT FROM data_keys WHERE tenant = p_tenant AND key_id = p_key_id AND destroyed_at IS NULL) THEN
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
