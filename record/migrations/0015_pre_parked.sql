-- What was accepted and cannot be processed by this version: kept, shown, replayed or discarded with a reason.

-- message_id: what it came under; the same again is the same row. stream_id and number: of the inbox row that holds its
-- content; without them content holds it, sealed with the tenant's key until it is closed. reason: a code; problem: field
-- and cure, no value. why: an operator's words, sealed likewise.
CREATE TABLE parked (
  tenant text NOT NULL REFERENCES tenants,
  parked_id text NOT NULL,
  message_id text NOT NULL,
  kind text NOT NULL,
  source text NOT NULL,
  stream_id text,
  number bigint,
  reason text NOT NULL,
  problem text NOT NULL,
  content bytea,
  parked_at timestamptz NOT NULL,
  closed_at timestamptz,
  closed_as text CHECK (closed_as IN ('replayed', 'discarded')),
  closed_by text,
  replayed_as text,
  why bytea,
  PRIMARY KEY (tenant, parked_id),
  UNIQUE (tenant, message_id),
  CHECK ((closed_at IS NULL) = (closed_as IS NULL))
);
CREATE INDEX parked_open ON parked (tenant, parked_at) WHERE closed_at IS NULL;
ALTER TABLE parked ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON parked USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (content, closed_at, closed_as, closed_by, replayed_as, why) ON parked TO :app_role;

-- A report that is replayed is its sender's first, if the one that could not be read was.
GRANT UPDATE (first_number) ON case_people TO :app_role;

-- Who did by hand what a flag asked for.
ALTER TABLE case_flags ADD COLUMN cleared_by text;
GRANT UPDATE (cleared_by) ON case_flags TO :app_role;
