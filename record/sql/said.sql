-- triaged_within --
-- A page of what was triaged within a time. $1 tenant, $2 since, $3 until, $4 stream and $5 sequence of the last one before,
-- $6 limit.
SELECT stream_id, sequence, event_id, kind, occurred_at, recorded_at, body FROM case_events
WHERE tenant = $1 AND kind = 'triaged' AND recorded_at >= $2 AND recorded_at < $3 AND (stream_id, sequence) > ($4, $5)
ORDER BY stream_id, sequence LIMIT $6;

-- keep_said --
-- What was said within an hour, once; the hour itself under no name. $1 tenant, $2 hour, $3 who, $4 runs, $5 passes, $6 bins
-- as JSON.
INSERT INTO said_counts (tenant, hour, who, runs, passes, bins)
SELECT $1, $2, s.who, s.runs, s.passes, ARRAY(SELECT jsonb_array_elements_text(s.bins)::integer)
FROM unnest(array_append($3::text[], ''), array_append($4::integer[], 0), array_append($5::integer[], 0),
  array_append($6::jsonb[], '[]'::jsonb)) AS s (who, runs, passes, bins)
ON CONFLICT DO NOTHING;

-- said_through --
-- The last hour that was counted. $1 tenant.
SELECT max(hour) FROM said_counts WHERE tenant = $1;

-- said_since --
-- What was said, hour by hour. $1 tenant, $2 since.
SELECT who, hour, runs, passes, bins FROM said_counts WHERE tenant = $1 AND hour >= $2 AND who <> '';

-- forget_said --
-- Hours that nobody looks at any more. $1 tenant, $2 before.
DELETE FROM said_counts WHERE tenant = $1 AND hour < $2;
