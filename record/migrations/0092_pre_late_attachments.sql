-- Attachments that were not delivered, and pictures that were not read, in time: until they are, when the next try is.

-- tries: how often the platform was asked, or the reader. missed: the case was assessed without it, and hears when it comes.
-- next_try_at: null where nothing is waited for, or no more.
ALTER TABLE evidence_media
  ADD COLUMN tries smallint NOT NULL DEFAULT 1,
  ADD COLUMN missed boolean NOT NULL DEFAULT false,
  ADD COLUMN next_try_at timestamptz;
CREATE INDEX evidence_media_due ON evidence_media (tenant, next_try_at) WHERE next_try_at IS NOT NULL;
GRANT UPDATE (tries, missed, next_try_at) ON evidence_media TO :app_role;
