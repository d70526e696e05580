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
