-- Looks at attachments, each by itself, beside looks at the words.

-- place: which attachment, from 1; 0: the words. Levels of attachments: veiled, grey, clear.
ALTER TABLE reveals ADD COLUMN place smallint NOT NULL DEFAULT 0;
ALTER TABLE reveals DROP CONSTRAINT reveals_pkey, ADD PRIMARY KEY (tenant, lease_id, level, place);
