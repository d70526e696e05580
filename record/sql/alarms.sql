-- raise_alarm --
-- An alarm, unless it is known, or one of its kind about the same stands. $1 tenant, $2 alarm, $3 kind, $4 about, $5 told,
-- $6 since, $7 now.
INSERT INTO alarms (tenant, alarm_id, kind, about, told, since, opened_at, next_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
ON CONFLICT DO NOTHING RETURNING true;

-- end_alarms --
-- They are over. $1 tenant, $2 kind, $3 about, $4 now.
UPDATE alarms SET ended_at = $4, next_at = $4 WHERE tenant = $1 AND kind = $2 AND about = ANY ($3) AND ended_at IS NULL
RETURNING about;

-- end_alarms_begun --
-- Those of a kind that began by a time are over. $1 tenant, $2 kind, $3 begun by, $4 now.
UPDATE alarms SET ended_at = $4, next_at = $4 WHERE tenant = $1 AND kind = $2 AND since <= $3 AND ended_at IS NULL;

-- take_alarms --
-- Alarms to tell of now, tried again at $3 if this comes to nothing. The end of one that nobody heard of is told to nobody.
-- $1 tenant, $2 now, $3 again at, $4 limit.
UPDATE alarms a SET attempts = a.attempts + 1, next_at = $3
FROM (
  SELECT alarm_id FROM alarms
  WHERE tenant = $1 AND next_at <= $2
    AND ((sent_at IS NULL AND ended_at IS NULL) OR (sent_at IS NOT NULL AND ended_at IS NOT NULL AND end_sent_at IS NULL))
  ORDER BY next_at, alarm_id LIMIT $4
  FOR UPDATE SKIP LOCKED) AS due
WHERE a.tenant = $1 AND a.alarm_id = due.alarm_id
RETURNING a.alarm_id, a.kind, a.about, a.told, a.since, a.opened_at, a.attempts, a.sent_at, a.acknowledged_at,
  a.acknowledged_by, a.ended_at;

-- alarms_sent --
-- The pager took them: their beginning, or their end. $1 tenant, $2 alarms, $3 now.
UPDATE alarms SET sent_at = coalesce(sent_at, $3), end_sent_at = CASE WHEN ended_at IS NOT NULL THEN $3 END
WHERE tenant = $1 AND alarm_id = ANY ($2);

-- acknowledge_alarm --
-- Somebody answers for it. $1 tenant, $2 alarm, $3 now, $4 by.
UPDATE alarms SET acknowledged_at = coalesce(acknowledged_at, $3), acknowledged_by = coalesce(acknowledged_by, $4)
WHERE tenant = $1 AND alarm_id = $2 AND ended_at IS NULL RETURNING acknowledged_by, acknowledged_at;

-- alarms_since --
-- Those that stand, and those that ended after a time, the oldest first. $1 tenant, $2 since, $3 limit.
SELECT alarm_id, kind, about, told, since, opened_at, attempts, sent_at, acknowledged_at, acknowledged_by, ended_at
FROM alarms WHERE tenant = $1 AND (ended_at IS NULL OR ended_at > $2) ORDER BY opened_at, alarm_id LIMIT $3;
