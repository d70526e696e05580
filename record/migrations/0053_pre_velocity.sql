-- How much of an account's content was captured lately, counted from one index.
CREATE INDEX fingerprints_by_account ON fingerprints (tenant, account, captured_at) WHERE likeness = 'content';
