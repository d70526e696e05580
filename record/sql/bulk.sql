-- put_bulk --
-- A bulk, proposed. $1 tenant, $2 bulk, $3 plan, $4 its digest, $5 sealed reason, $6 by, $7 at, $8 named roles.
INSERT INTO bulks (tenant, bulk_id, plan, plan_digest, reason, proposed_by, proposed_at, named_roles, phase, looked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'selecting', $7)
ON CONFLICT DO NOTHING RETURNING true;

-- bulk --
-- One bulk. $1 tenant, $2 bulk.
SELECT * FROM bulks WHERE tenant = $1 AND bulk_id = $2;

-- bulk_rows --
-- Bulks, the newest first. $1 tenant, $2 limit.
SELECT * FROM bulks WHERE tenant = $1 ORDER BY proposed_at DESC, bulk_id LIMIT $2;

-- bulk_counts --
-- What a bulk reaches, and how far it came. $1 tenant, $2 bulk.
SELECT count(*) FILTER (WHERE left_out = '') AS members,
  count(DISTINCT m.case_id) FILTER (WHERE left_out = '') AS cases,
  count(DISTINCT account) FILTER (WHERE left_out = '') AS accounts,
  coalesce(sum(reach) FILTER (WHERE left_out = ''), 0)::bigint AS reach,
  coalesce(sum(measures) FILTER (WHERE left_out = ''), 0)::bigint AS measures,
  coalesce(sum(appeals) FILTER (WHERE left_out = ''), 0)::bigint AS open_appeals,
  count(*) FILTER (WHERE left_out = 'already_reversed') AS already_reversed,
  count(*) FILTER (WHERE left_out = '' AND protected) AS protected,
  count(*) FILTER (WHERE left_out = '' AND child_safety) AS child_safety,
  count(*) FILTER (WHERE state = 'planned') AS planned,
  count(*) FILTER (WHERE state = 'asked') AS asked,
  count(*) FILTER (WHERE state = 'done') AS done,
  count(*) FILTER (WHERE state = 'refused') AS refused,
  count(*) FILTER (WHERE state = 'left' AND left_out = '') AS cancelled,
  count(*) FILTER (WHERE undo_state IN ('planned', 'asked')) AS to_undo,
  count(*) FILTER (WHERE undo_state = 'done') AS undone,
  count(*) FILTER (WHERE undo_state = 'refused') AS undo_refused,
  count(*) FILTER (WHERE left_out = '' AND EXISTS (
    SELECT FROM cases c WHERE c.tenant = $1 AND c.case_id = m.case_id AND c.stuck)) AS stuck
FROM bulk_members m WHERE m.tenant = $1 AND m.bulk_id = $2;

-- bulk_left_out --
-- Why members are left out. $1 tenant, $2 bulk.
SELECT left_out, count(*) AS members FROM bulk_members
WHERE tenant = $1 AND bulk_id = $2 AND left_out <> '' GROUP BY left_out ORDER BY left_out;

-- bulk_sample --
-- Members drawn by the digest of bulk and member, so that nobody chooses and everybody can draw them again. $1 tenant, $2 bulk,
-- $3 how many.
SELECT case_id, target, area, reach, measures, appeals, child_safety, protected FROM bulk_members
WHERE tenant = $1 AND bulk_id = $2 AND left_out = ''
ORDER BY sha256(convert_to($2 || '/' || member_id, 'UTF8')) LIMIT $3;

-- bulk_candidates --
-- Cases that a selection may fit, by what stands beside the events; which do is read from each case, also of one of which it is
-- not known what areas it has matters of. $1 tenant, $2 after this case, $3 limit, $4 cases or null, $5 areas or null, $6 changed
-- since or null, $7 opened until or null, $8 reviewer or null, $9 rule or null, $10 open ones only, $11 opened before.
SELECT c.case_id FROM cases c
WHERE c.tenant = $1 AND c.case_id > $2 AND c.opened_at < $11
  AND ($4::text[] IS NULL OR c.case_id = ANY ($4))
  AND ($5::text[] IS NULL OR c.areas IS NULL OR c.areas && $5)
  AND ($6::timestamptz IS NULL OR c.projected_at >= $6)
  AND ($7::timestamptz IS NULL OR c.opened_at < $7)
  AND ($8::text IS NULL OR EXISTS (
    SELECT FROM case_deciders d WHERE d.tenant = $1 AND d.case_id = c.case_id AND d.reviewer = $8))
  AND ($9::text IS NULL OR EXISTS (
    SELECT FROM automatic_acts a WHERE a.tenant = $1 AND a.case_id = c.case_id AND a.rule_id = $9))
  AND (NOT $10 OR c.stage <> 'settled')
ORDER BY c.case_id LIMIT $3;

-- add_bulk_members --
-- Members found, each once. $1 tenant, $2 bulk, $3 now, then one array each: $4 member ids, $5 cases, $6 targets, $7 areas,
-- $8 accounts, $9 reach, $10 measures, $11 appeals, $12 child safety, $13 left out.
INSERT INTO bulk_members (tenant, bulk_id, member_id, case_id, target, area, account, reach, measures, appeals, child_safety,
  protected, left_out, state)
SELECT $1, $2, m.member_id, m.case_id, m.target, m.area, m.account, m.reach, m.measures, m.appeals, m.child_safety,
  EXISTS (
    SELECT FROM protected_accounts p WHERE p.tenant = $1 AND p.account = m.account AND p.removed_at IS NULL
      AND (p.expires_at IS NULL OR p.expires_at > $3)),
  m.left_out, CASE WHEN m.left_out = '' THEN 'planned' ELSE 'left' END
FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::integer[], $11::integer[],
    $12::boolean[], $13::text[])
  AS m (member_id, case_id, target, area, account, reach, measures, appeals, child_safety, left_out)
ON CONFLICT DO NOTHING;

-- bulk_members_count --
-- How many members were found so far. $1 tenant, $2 bulk.
SELECT count(*) FROM bulk_members WHERE tenant = $1 AND bulk_id = $2;

-- bulk_previewed --
-- The selection is whole; its digest is of the plan and of every member with what will be done to it. $1 tenant, $2 bulk.
UPDATE bulks b SET phase = 'previewed', digest = encode(sha256(convert_to(b.plan_digest || E'\n' || coalesce((
    SELECT string_agg(m.case_id || ' ' || m.target || ' ' || m.left_out, E'\n' ORDER BY m.member_id)
    FROM bulk_members m WHERE m.tenant = $1 AND m.bulk_id = $2), ''), 'UTF8')), 'hex')
WHERE b.tenant = $1 AND b.bulk_id = $2 AND b.phase = 'selecting';

-- bulk_refused --
-- Nothing will be done: it selects nothing or too much, or nobody approved it. $1 tenant, $2 bulk, $3 at, $4 why.
UPDATE bulks SET phase = 'refused', ended_at = $3, note = $4 WHERE tenant = $1 AND bulk_id = $2 AND phase IN ('selecting', 'previewed');

-- own_bulk_members --
-- In how many of its cases this person has a part, or declared a conflict with (P5); of each what `in_conflict` says, asked of
-- all at once. $1 tenant, $2 bulk, $3 person, $4 whether who judged in a case has a part in it: decisions are taken back.
WITH known AS (
  SELECT coalesce((SELECT v.person_keys FROM reviewers v WHERE v.tenant = $1 AND v.reviewer_id = $3), '{}') || coalesce((
      SELECT array_agg(one) FROM declared_conflicts k, unnest(k.keys) AS one
      WHERE k.tenant = $1 AND k.reviewer = $3 AND k.ended_at IS NULL AND k.about <> 'topic'), '{}') AS keys,
    coalesce((
      SELECT array_agg(k.keys[1]) FROM declared_conflicts k
      WHERE k.tenant = $1 AND k.reviewer = $3 AND k.ended_at IS NULL AND k.about = 'topic'), '{}') AS topics
)
SELECT count(DISTINCT m.case_id) FROM bulk_members m CROSS JOIN known
WHERE m.tenant = $1 AND m.bulk_id = $2 AND m.left_out = '' AND (
  split_part(m.case_id, '/', 4) = ANY (known.keys) OR m.area = ANY (known.topics)
  OR EXISTS (
    SELECT FROM case_people p WHERE p.tenant = $1 AND p.case_id = m.case_id AND p.person <> ''
      AND (p.person = ANY (known.keys) OR p.address_key = ANY (known.keys)))
  OR EXISTS (
    SELECT FROM case_communities c WHERE c.tenant = $1 AND c.case_id = m.case_id AND c.community = ANY (known.keys))
  OR split_part(m.case_id, '/', 3) = 'campaign' AND EXISTS (
    SELECT FROM campaign_members c WHERE c.tenant = $1 AND c.case_id = m.case_id
      AND (c.account_key = ANY (known.keys) OR c.person = ANY (known.keys)))
  OR $4 AND EXISTS (
    SELECT FROM case_deciders d WHERE d.tenant = $1 AND d.case_id = m.case_id AND d.reviewer = $3));

-- approve_bulk --
-- A second person approves what was previewed. $1 tenant, $2 bulk, $3 digest, $4 by, $5 at.
UPDATE bulks SET phase = 'carrying_out', approved_by = $4, approved_at = $5, looked_at = $5
WHERE tenant = $1 AND bulk_id = $2 AND phase = 'previewed' AND digest = $3 AND proposed_by <> $4 RETURNING true;

-- pause_bulk --
-- It waits, or with a null goes on. $1 tenant, $2 bulk, $3 at or null, $4 by.
UPDATE bulks SET paused_at = $3, paused_by = $4 WHERE tenant = $1 AND bulk_id = $2 RETURNING true;

-- cancel_bulk --
-- Whoever was not told yet is left. One that nobody approved is over at once; else when all that were told have answered.
-- $1 tenant, $2 bulk, $3 at, $4 by.
WITH cancelled AS (
  UPDATE bulks SET cancelled_at = $3::timestamptz, cancelled_by = $4, paused_at = NULL, looked_at = $3::timestamptz,
    phase = CASE WHEN phase = 'carrying_out' THEN phase ELSE 'cancelled' END,
    ended_at = CASE WHEN phase = 'carrying_out' THEN NULL ELSE $3::timestamptz END
  WHERE tenant = $1 AND bulk_id = $2 AND phase IN ('selecting', 'previewed', 'carrying_out')
  RETURNING bulk_id
)
UPDATE bulk_members m SET state = 'left' FROM cancelled
WHERE m.tenant = $1 AND m.bulk_id = cancelled.bulk_id AND m.state = 'planned';

-- ask_bulk_undo --
-- It is to be undone, at once or when a second person agrees. $1 tenant, $2 bulk, $3 by, $4 at, $5 sealed reason, $6 at once.
WITH asked AS (
  UPDATE bulks SET phase = CASE WHEN $6 THEN 'undoing' ELSE 'undo_asked' END, undo_by = $3, undo_at = $4, undo_reason = $5,
    paused_at = NULL, ended_at = NULL, looked_at = $4
  WHERE tenant = $1 AND bulk_id = $2 AND phase IN ('done', 'cancelled') RETURNING bulk_id
)
UPDATE bulk_members m SET undo_state = 'planned' FROM asked
WHERE m.tenant = $1 AND m.bulk_id = asked.bulk_id AND m.state = 'done';

-- approve_bulk_undo --
-- A second person agrees. $1 tenant, $2 bulk, $3 digest, $4 by, $5 at.
UPDATE bulks SET phase = 'undoing', undo_approved_by = $4, undo_approved_at = $5, looked_at = $5
WHERE tenant = $1 AND bulk_id = $2 AND phase = 'undo_asked' AND digest = $3 AND undo_by <> $4 RETURNING true;

-- next_bulk_members --
-- Members to be told next. $1 tenant, $2 bulk, $3 undoing, $4 limit.
SELECT member_id, case_id, target, area, account FROM bulk_members
WHERE tenant = $1 AND bulk_id = $2 AND CASE WHEN $3 THEN undo_state ELSE state END = 'planned'
ORDER BY member_id LIMIT $4;

-- note_bulk_member_told --
-- A member was told; its case answers. $1 tenant, $2 bulk, $3 member, $4 undoing.
UPDATE bulk_members
SET state = CASE WHEN $4 THEN state ELSE 'asked' END, undo_state = CASE WHEN $4 THEN 'asked' ELSE undo_state END
WHERE tenant = $1 AND bulk_id = $2 AND member_id = $3 AND CASE WHEN $4 THEN undo_state ELSE state END IN ('planned', 'asked');

-- told_bulk_members --
-- Who was told while the bulk was cancelled is not left: the case answers. $1 tenant, $2 bulk.
UPDATE bulk_members m SET state = 'asked'
FROM bulks b
WHERE b.tenant = $1 AND b.bulk_id = $2 AND b.cancelled_at IS NOT NULL
  AND m.tenant = $1 AND m.bulk_id = $2 AND m.state = 'left' AND m.left_out = ''
  AND EXISTS (SELECT FROM inbox i WHERE i.tenant = $1 AND i.message_id = $2 || '.' || m.member_id);

-- judged_bulk_members --
-- What the cases made of what they were told, as far as they have judged it; of a refusal, the event that says why. $1 tenant,
-- $2 bulk, $3 undoing, $4 what follows a member's id in its message's, $5 limit.
SELECT m.member_id, e.stream_id, e.event_id, e.occurred_at, e.sequence, e.kind = 'bulk_act_done' AS done,
  CASE WHEN e.kind <> 'bulk_act_done' THEN e.body END AS body
FROM bulk_members m
JOIN inbox i ON i.tenant = $1 AND i.message_id = $2 || '.' || m.member_id || $4
JOIN case_events e ON e.tenant = $1 AND e.stream_id = i.stream_id
  AND (e.event_id IN ('bulk:' || i.message_id, 'refused:inbox:' || i.number)
    OR (e.event_id = 'inbox:' || i.number AND e.kind = 'message_refused'))
WHERE m.tenant = $1 AND m.bulk_id = $2 AND CASE WHEN $3 THEN m.undo_state ELSE m.state END = 'asked'
ORDER BY m.member_id LIMIT $5;

-- settle_bulk_members --
-- These members' cases have judged. $1 tenant, $2 bulk, $3 undoing, then one array each: $4 member ids, $5 what became of them.
UPDATE bulk_members m
SET state = CASE WHEN $3 THEN m.state ELSE j.became END, undo_state = CASE WHEN $3 THEN j.became ELSE m.undo_state END
FROM unnest($4::text[], $5::text[]) AS j (member_id, became)
WHERE m.tenant = $1 AND m.bulk_id = $2 AND m.member_id = j.member_id;

-- put_bulk_refusals --
-- Why their cases refused; the first answer stands. $1 tenant, $2 bulk, $3 undoing, then one array each: $4 member ids, $5 codes,
-- $6 problems.
INSERT INTO bulk_refusals (tenant, bulk_id, member_id, undo, code, problem)
SELECT $1, $2, r.member_id, $3, r.code, r.problem FROM unnest($4::text[], $5::text[], $6::text[]) AS r (member_id, code, problem)
ON CONFLICT DO NOTHING;

-- bulk_refusals --
-- Which cases refused their part, or undoing it, and why. $1 tenant, $2 bulk, $3 after this member, $4 its undo, $5 limit.
SELECT r.member_id, r.undo, m.case_id, m.target, m.area, r.code, r.problem
FROM bulk_refusals r JOIN bulk_members m USING (tenant, bulk_id, member_id)
WHERE r.tenant = $1 AND r.bulk_id = $2 AND (r.member_id, r.undo) > ($3, $4::boolean)
ORDER BY r.member_id, r.undo LIMIT $5;

-- bulk_refused_because --
-- How many refused for which reason. $1 tenant, $2 bulk.
SELECT code, count(*) AS members FROM bulk_refusals WHERE tenant = $1 AND bulk_id = $2 GROUP BY code ORDER BY code;

-- count_bulk_member --
-- Its restriction is counted towards the caps, unless it was before. $1 tenant, $2 bulk, $3 member, $4 at.
UPDATE bulk_members SET counted_at = $4 WHERE tenant = $1 AND bulk_id = $2 AND member_id = $3 AND counted_at IS NULL
RETURNING true;

-- uncount_bulk_member --
-- There was no room for it. $1 tenant, $2 bulk, $3 member.
UPDATE bulk_members SET counted_at = NULL WHERE tenant = $1 AND bulk_id = $2 AND member_id = $3;

-- bulk_waits --
-- How many have not been told, and how many have not answered. $1 tenant, $2 bulk, $3 undoing.
SELECT count(*) FILTER (WHERE CASE WHEN $3 THEN undo_state ELSE state END = 'planned') AS planned,
  count(*) FILTER (WHERE CASE WHEN $3 THEN undo_state ELSE state END = 'asked') AS asked
FROM bulk_members WHERE tenant = $1 AND bulk_id = $2;

-- end_bulk --
-- Nothing of it is left to do. $1 tenant, $2 bulk, $3 at.
UPDATE bulks SET ended_at = $3, looked_at = $3, note = '',
  phase = CASE WHEN phase = 'undoing' THEN 'undone' WHEN cancelled_at IS NOT NULL THEN 'cancelled' ELSE 'done' END
WHERE tenant = $1 AND bulk_id = $2 AND phase IN ('carrying_out', 'undoing');

-- look_at_bulk --
-- A page is being worked on, or waits for what the note says. $1 tenant, $2 bulk, $3 at, $4 note.
UPDATE bulks SET looked_at = $3, note = $4 WHERE tenant = $1 AND bulk_id = $2;

-- bulks_left --
-- Under way, and nobody has worked on them for a while. $1 tenant, $2 looked at before.
SELECT bulk_id FROM bulks
WHERE tenant = $1 AND phase IN ('selecting', 'carrying_out', 'undoing') AND paused_at IS NULL AND looked_at < $2
ORDER BY looked_at;

-- bulks_waiting --
-- What somebody has to see to: paused, held up, waiting for a second person, or not worked on. $1 tenant, $2 looked at before.
SELECT bulk_id, phase, paused_at, looked_at, note FROM bulks
WHERE tenant = $1 AND (phase IN ('previewed', 'undo_asked') OR (phase IN ('selecting', 'carrying_out', 'undoing')
  AND (paused_at IS NOT NULL OR note <> '' OR looked_at < $2)))
ORDER BY looked_at, bulk_id;
