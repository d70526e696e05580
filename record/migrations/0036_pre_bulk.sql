-- Bulk: one act done to many cases. plan: act and selection, ids and enums only; digest: of the preview, which is what a second
-- person approves. phase: whose turn it is. looked_at: when a page was last worked on. reason, undo_reason are sealed.
CREATE TABLE bulks (
  tenant text NOT NULL REFERENCES tenants,
  bulk_id text NOT NULL,
  plan jsonb NOT NULL,
  plan_digest text NOT NULL,
  reason bytea NOT NULL,
  proposed_by text NOT NULL,
  proposed_at timestamptz NOT NULL,
  named_roles text[] NOT NULL,
  phase text NOT NULL CHECK (phase IN (
    'selecting', 'refused', 'previewed', 'carrying_out', 'done', 'cancelled', 'undo_asked', 'undoing', 'undone')),
  looked_at timestamptz NOT NULL,
  note text NOT NULL DEFAULT '',
  digest text,
  approved_by text,
  approved_at timestamptz,
  paused_at timestamptz,
  paused_by text,
  cancelled_at timestamptz,
  cancelled_by text,
  ended_at timestamptz,
  undo_by text,
  undo_at timestamptz,
  undo_reason bytea,
  undo_approved_by text,
  undo_approved_at timestamptz,
  PRIMARY KEY (tenant, bulk_id)
);
CREATE INDEX bulks_by_time ON bulks (tenant, proposed_at);
CREATE INDEX bulks_under_way ON bulks (tenant, looked_at) WHERE phase IN ('selecting', 'carrying_out', 'undoing');
ALTER TABLE bulks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bulks USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (
  phase, looked_at, note, digest, approved_by, approved_at, paused_at, paused_by, cancelled_at, cancelled_by, ended_at,
  undo_by, undo_at, undo_reason, undo_approved_by, undo_approved_at) ON bulks TO :app_role;

-- What a bulk was found to reach, one row a decision, hold, question or case. left_out: why nothing is done to it; state: of the
-- act, undo_state: of undoing it. What the case made of either stands in its events.
CREATE TABLE bulk_members (
  tenant text NOT NULL,
  bulk_id text NOT NULL,
  member_id text NOT NULL,
  case_id text NOT NULL,
  target text NOT NULL,
  area text NOT NULL,
  account text,
  reach bigint NOT NULL,
  measures integer NOT NULL,
  appeals integer NOT NULL,
  child_safety boolean NOT NULL,
  protected boolean NOT NULL,
  left_out text NOT NULL,
  state text NOT NULL CHECK (state IN ('planned', 'asked', 'done', 'refused', 'left')),
  undo_state text CHECK (undo_state IN ('planned', 'asked', 'done', 'refused')),
  PRIMARY KEY (tenant, bulk_id, member_id),
  FOREIGN KEY (tenant, bulk_id) REFERENCES bulks
);
CREATE INDEX bulk_members_to_do ON bulk_members (tenant, bulk_id, member_id) WHERE state IN ('planned', 'asked');
CREATE INDEX bulk_members_to_undo ON bulk_members (tenant, bulk_id, member_id) WHERE undo_state IN ('planned', 'asked');
ALTER TABLE bulk_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON bulk_members USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (state, undo_state) ON bulk_members TO :app_role;
