-- A measure may be confined to pieces of the content; empty: the whole.
ALTER TABLE measures ADD COLUMN excerpts text[] NOT NULL DEFAULT '{}';
