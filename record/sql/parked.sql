-- park --
-- Something to keep for a person; what is parked under this message id already stays as it is. $1 tenant, $2 parked id,
-- $3 message id, $4 kind, $5 source, $6 stream or null, $7 number or null, $8 reason, $9 problem, $10 sealed content or
-- null, $11 now.
INSERT INTO parked (tenant, parked_id, message_id, kind, source, stream_id, number, reason, problem, content, parked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING
RETURNING parked_id;

-- parked_rows --
-- What is parked, oldest first. $1 tenant, $2 closed ones too, $3 limit.
SELECT parked_id, message_id, kind, source, stream_id, number, reason, problem, parked_at, closed_at, closed_as, closed_by,
  replayed_as
FROM parked WHERE tenant = $1 AND ($2 OR closed_at IS NULL)
ORDER BY parked_at, parked_id
LIMIT $3;

-- parked_row --
-- One of them, whole. $1 tenant, $2 parked id.
SELECT parked_id, message_id, kind, source, stream_id, number, reason, problem, content, parked_at, closed_at, closed_as,
  closed_by, replayed_as, why
FROM parked WHERE tenant = $1 AND parked_id = $2;

-- parked_count --
-- How many wait for a person. $1 tenant.
SELECT count(*) FROM parked WHERE tenant = $1 AND closed_at IS NULL;

-- close_parked --
-- It was replayed or discarded; its content goes. None where it was closed before. $1 tenant, $2 parked id, $3 closed as,
-- $4 by, $5 replayed as, or null, $6 sealed reason, or null, $7 now.
UPDATE parked SET closed_at = $7, closed_as = $3, closed_by = $4, replayed_as = $5, why = $6, content = NULL
WHERE tenant = $1 AND parked_id = $2 AND closed_at IS NULL
RETURNING parked_id;

-- inbox_message --
-- One message as it came. $1 tenant, $2 stream, $3 number.
SELECT i.message_id, i.kind, i.channel, i.content, i.personal, i.received_at, s.case_id
FROM inbox i JOIN streams s ON s.tenant = i.tenant AND s.stream_id = i.stream_id
WHERE i.tenant = $1 AND i.stream_id = $2 AND i.number = $3;

-- renumber_reporter --
-- Whoever first reported with a message that could not be read, first reported with the one it was replayed as.
-- $1 tenant, $2 case, $3 the number that was parked, $4 the new one.
UPDATE case_people SET first_number = $4
WHERE tenant = $1 AND case_id = $2 AND role = 'reporter' AND first_number = $3;
