-- What operators do about orders that the platform does not confirm. skipped_at: it is left out; round: in which it was issued
-- or skipped; skipped_revokes: what it had lifted, for when it is in effect after all; next_try_at: of one that failed.
ALTER TABLE orders
  ADD COLUMN skipped_at timestamptz,
  ADD COLUMN round integer NOT NULL DEFAULT 0,
  ADD COLUMN skipped_revokes text[] NOT NULL DEFAULT '{}',
  ADD COLUMN next_try_at timestamptz;
GRANT UPDATE (
  skipped_at, round, skipped_revokes, next_try_at,
  platform_order_id, target_key, target_version, state, content_version, issued_at
) ON orders TO :app_role;
