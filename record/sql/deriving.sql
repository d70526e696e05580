-- note_rests --
-- A decision rests on others. $1 tenant, $2 case, $3 decision, $4 source cases, $5 source decisions, $6 at.
INSERT INTO decisions_rest_on (tenant, source_case, source_decision, case_id, decision_id, noted_at)
SELECT $1, s.source_case, s.source_decision, $2, $3, $6
FROM unnest($4::text[], $5::text[]) AS s (source_case, source_decision)
ON CONFLICT DO NOTHING;

-- resting_on --
-- Which cases have decisions that rest on this one. $1 tenant, $2 source case, $3 source decision.
SELECT DISTINCT case_id FROM decisions_rest_on
WHERE tenant = $1 AND source_case = $2 AND source_decision = $3
ORDER BY case_id;

-- note_fall_brought --
-- The cases have word of the fall in their inboxes. $1 tenant, $2 source case, $3 source decision, $4 case, $5 at.
UPDATE decisions_rest_on SET fall_brought_at = coalesce(fall_brought_at, $5)
WHERE tenant = $1 AND source_case = $2 AND source_decision = $3 AND case_id = $4;

-- rests_of --
-- What rests on the decisions of a case. $1 tenant, $2 source case.
SELECT source_decision, case_id, decision_id, fall_brought_at FROM decisions_rest_on
WHERE tenant = $1 AND source_case = $2
ORDER BY source_decision, case_id, decision_id;

-- decisions_there --
-- Of these decisions, which were recorded. $1 tenant, $2 cases, $3 event ids.
SELECT e.stream_id, e.event_id FROM unnest($2::text[], $3::text[]) AS w (stream_id, event_id)
JOIN case_events e ON e.tenant = $1 AND e.stream_id = w.stream_id AND e.event_id = w.event_id;
