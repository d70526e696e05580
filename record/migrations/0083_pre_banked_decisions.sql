-- An entry may rest on a decision of ours instead of a list: it falls with it, and a person looks at what it had matched.
ALTER TABLE bank_entries ADD COLUMN case_id text, ADD COLUMN decision_id text, ADD COLUMN fell_at timestamptz;
CREATE INDEX bank_entries_by_decision ON bank_entries (tenant, case_id, decision_id) WHERE case_id IS NOT NULL;
GRANT UPDATE (case_id, decision_id, fell_at, added_by, added_at, reference) ON bank_entries TO :app_role;
