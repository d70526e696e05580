-- in_conflict --
-- Whether a reviewer has a part in a case (migration 0057). $1 tenant, $2 reviewer, $3 case, $4 area or null.
SELECT in_conflict($1, $2, $3, $4);

-- parts_of --
-- What somebody has to do with a whole case, whatever area is asked about. $1 tenant, $2 who, $3 case.
SELECT in_conflict($1, $2, $3, NULL) OR EXISTS (
    SELECT FROM account_matters m JOIN declared_conflicts k ON k.tenant = $1 AND k.about = 'topic' AND k.keys[1] = m.area
    WHERE m.tenant = $1 AND m.case_id = $3 AND k.reviewer = $2 AND k.ended_at IS NULL) AS part,
  EXISTS (SELECT FROM case_deciders d WHERE d.tenant = $1 AND d.case_id = $3 AND d.reviewer = $2) AS decided;

-- parts_among --
-- In how many of these cases somebody has a part. $1 tenant, $2 who, $3 cases.
SELECT count(*) FROM unnest($3::text[]) AS one WHERE in_conflict($1, $2, one, NULL);

-- declare_conflict --
-- A conflict, unless there is a live one about the same. $1 tenant, $2 id, $3 reviewer, $4 about, $5 keys, $6 sealed name,
-- $7 now, $8 by.
INSERT INTO declared_conflicts (tenant, conflict_id, reviewer, about, keys, name, declared_at, declared_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING RETURNING true;

-- give_back_in_conflict --
-- What a reviewer holds and may hold no more is free again, not what somebody else has by now; how much that was. $1 tenant, $2 reviewer, $3 now.
WITH held AS MATERIALIZED (
  SELECT t.stream_id, t.task_id FROM review_tasks t
  WHERE t.tenant = $1 AND t.closed_at IS NULL AND in_conflict($1, $2, t.case_id, t.area) AND EXISTS (
    SELECT FROM leases l
    WHERE l.tenant = $1 AND l.stream_id = t.stream_id AND l.task_id = t.task_id AND l.reviewer = $2
      AND l.released_at IS NULL AND l.expires_at > $3)
  ORDER BY t.stream_id, t.task_id
  FOR UPDATE OF t
),
released AS (
  UPDATE leases l SET released_at = $3 FROM held
  WHERE l.tenant = $1 AND l.stream_id = held.stream_id AND l.task_id = held.task_id AND l.reviewer = $2
    AND l.released_at IS NULL
  RETURNING l.stream_id, l.task_id
),
freed AS (
  UPDATE review_tasks t SET leased_until = NULL FROM released
  WHERE t.tenant = $1 AND t.stream_id = released.stream_id AND t.task_id = released.task_id
  RETURNING true
)
SELECT count(*)::integer FROM freed;

-- end_conflict --
-- A conflict ends. $1 tenant, $2 id, $3 now, $4 by.
UPDATE declared_conflicts SET ended_at = $3, ended_by = $4
WHERE tenant = $1 AND conflict_id = $2 AND ended_at IS NULL RETURNING true;

-- declared_conflicts --
-- What was declared, newest first. $1 tenant, $2 this reviewer only, or null.
SELECT conflict_id, reviewer, about, name, declared_at, declared_by, ended_at, ended_by FROM declared_conflicts
WHERE tenant = $1 AND ($2::text IS NULL OR reviewer = $2)
ORDER BY declared_at DESC, conflict_id;

-- note_community --
-- In which community a case's content stands. $1 tenant, $2 case, $3 community's key.
INSERT INTO case_communities (tenant, case_id, community) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;
