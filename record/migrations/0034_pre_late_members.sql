-- A campaign that grows: how many take part, of how many the sample was drawn, for how many it was last asked to be drawn again,
-- and until when members who join after the decision are carried out under it. late_until in the past: nobody joins any more.
ALTER TABLE campaigns
  ADD COLUMN members bigint NOT NULL DEFAULT 0,
  ADD COLUMN drawn bigint NOT NULL DEFAULT 0,
  ADD COLUMN asked_at_members bigint NOT NULL DEFAULT 0,
  ADD COLUMN late_until timestamptz;
GRANT UPDATE (members, drawn, asked_at_members, late_until) ON campaigns TO :app_role;
