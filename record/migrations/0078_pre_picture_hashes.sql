-- Hashes of captured pictures, worked out once.

-- hashes: sealed; null until the picture was read.
ALTER TABLE evidence_media ADD COLUMN hashes bytea;
GRANT UPDATE (hashes) ON evidence_media TO :app_role;
