-- Sessions of reviewers' pages that were signed out before their time: a copy of the cookie opens nothing from then on.

-- session: SHA-256 of what names it in the cookie. lapses_at: when the session would have ended by itself.
CREATE TABLE ended_sessions (
  tenant text NOT NULL,
  session bytea NOT NULL,
  lapses_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, session)
);
ALTER TABLE ended_sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ended_sessions USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON ended_sessions TO :app_role;
