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
CREATE INDEX filings_by_case ON filings (tenant, case_id);
ALTER TABLE filings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON filings USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (state, uuid, attempts, last_error, answered_at) ON filings TO :app_role;
