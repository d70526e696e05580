-- How far the case had come when a question that checks was last found fit: what comes to light later takes it back.
ALTER TABLE probes ADD COLUMN checked_sequence bigint NOT NULL DEFAULT 0;
GRANT UPDATE (checked_sequence) ON probes TO :app_role;
