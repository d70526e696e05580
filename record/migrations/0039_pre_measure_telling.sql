-- What the platform may say of a measure to the person it restricts, as our own letters may: tell, never, or not before tell_from.
ALTER TABLE measures
  ADD COLUMN telling text NOT NULL DEFAULT 'tell' CHECK (telling IN ('tell', 'delay_until', 'never')),
  ADD COLUMN tell_from timestamptz;
GRANT UPDATE (telling, tell_from) ON measures TO :app_role;
