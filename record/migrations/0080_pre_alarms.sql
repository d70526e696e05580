-- What whoever is on call hears once when it begins and once when it is over: a drift of detectors or rules, a release that
-- did not start. about: which; told: numbers and versions, no content.
CREATE TABLE alarms (
  tenant text NOT NULL REFERENCES tenants,
  alarm_id text NOT NULL,
  kind text NOT NULL,
  about text NOT NULL,
  told jsonb NOT NULL,
  since timestamptz NOT NULL,
  opened_at timestamptz NOT NULL,
  next_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  sent_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  ended_at timestamptz,
  end_sent_at timestamptz,
  PRIMARY KEY (tenant, alarm_id)
);
CREATE UNIQUE INDEX alarms_one_stands ON alarms (tenant, kind, about) WHERE ended_at IS NULL;
CREATE INDEX alarms_to_send ON alarms (tenant, next_at) WHERE sent_at IS NULL OR (ended_at IS NOT NULL AND end_sent_at IS NULL);
ALTER TABLE alarms ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON alarms USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (next_at, attempts, sent_at, acknowledged_at, acknowledged_by, ended_at, end_sent_at)
  ON alarms TO :app_role;

-- How often each detector and rule was asked and said yes, hour by hour, and its scores in ten parts. who '': the hour was
-- counted, whether anybody was asked or not.
CREATE TABLE said_counts (
  tenant text NOT NULL REFERENCES tenants,
  hour timestamptz NOT NULL,
  who text NOT NULL,
  runs integer NOT NULL,
  passes integer NOT NULL,
  bins integer[] NOT NULL,
  PRIMARY KEY (tenant, hour, who)
);
ALTER TABLE said_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON said_counts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE ON said_counts TO :app_role;
