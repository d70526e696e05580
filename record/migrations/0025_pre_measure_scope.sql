-- A measure may be confined to some surfaces or features; empty: all.
ALTER TABLE measures ADD COLUMN scope text[] NOT NULL DEFAULT '{}';
