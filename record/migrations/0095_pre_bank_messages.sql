-- What operators asked about banks, by message id: the same again is the same, other content under a known id is a conflict.

-- digest: HMAC-SHA256 under the tenant's secret.
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
