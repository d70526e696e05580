-- Bytes of attachments, beside the evidence versions that name them.

-- Sealed under the case's key, and gone with it. media_key: HMAC-SHA256 under the tenant's secret of their SHA-256, so that
-- nobody can look whether a known picture was captured. facts, content: sealed; content null where `missing` says why.
CREATE TABLE evidence_media (
  tenant text NOT NULL,
  case_id text NOT NULL,
  media_key text NOT NULL,
  facts bytea NOT NULL,
  content bytea,
  missing text,
  captured_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, case_id, media_key),
  CHECK ((content IS NULL) = (missing IS NOT NULL))
);
ALTER TABLE evidence_media ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE evidence_media ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON evidence_media USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, DELETE, UPDATE (facts, content, missing, captured_at) ON evidence_media TO :app_role;
