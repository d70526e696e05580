-- Calls to a person: somebody may be in danger, and a queue alone is not looked at by night.

-- One per open task that pages. level: how often it went unanswered, and one; next_at: when to call (again).
CREATE TABLE pages (
  tenant text NOT NULL REFERENCES tenants,
  page_id text NOT NULL,
  stream_id text NOT NULL,
  task_id text NOT NULL,
  queue text NOT NULL,
  severity smallint NOT NULL,
  due_at timestamptz NOT NULL,
  opened_at timestamptz NOT NULL,
  next_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  level integer NOT NULL DEFAULT 1,
  sent_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  ended_at timestamptz,
  PRIMARY KEY (tenant, page_id),
  FOREIGN KEY (tenant, stream_id, task_id) REFERENCES review_tasks
);
CREATE UNIQUE INDEX pages_one_per_task ON pages (tenant, stream_id, task_id) WHERE ended_at IS NULL;
CREATE INDEX pages_to_send ON pages (tenant, next_at) WHERE ended_at IS NULL AND acknowledged_at IS NULL;
ALTER TABLE pages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON pages USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (queue, due_at, next_at, attempts, level, sent_at, acknowledged_at, acknowledged_by, ended_at)
  ON pages TO :app_role;
