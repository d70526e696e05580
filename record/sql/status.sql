-- told_person --
-- What a person was told in a case, oldest first. $1 tenant, $2 case, $3 person, $4 roles.
SELECT notice_id, kind, reference, sent_at, body FROM notices
WHERE tenant = $1 AND case_id = $2 AND person = $3 AND role = ANY ($4) AND state = 'sent'
ORDER BY sent_at, notice_id;

-- events_of_kinds --
-- A stream's events of these kinds, in order. $1 tenant, $2 stream, $3 kinds.
SELECT sequence, event_id, occurred_at, body FROM case_events
WHERE tenant = $1 AND stream_id = $2 AND kind = ANY ($3)
ORDER BY sequence;

-- reports_of_person --
-- When a person first reported each area. $1 tenant, $2 case, $3 person.
SELECT p.area, i.received_at FROM case_people p
JOIN inbox i ON i.tenant = p.tenant AND i.stream_id = p.case_id AND i.number = p.first_number
WHERE p.tenant = $1 AND p.case_id = $2 AND p.person = $3 AND p.role = 'reporter'
ORDER BY i.received_at, p.area;

-- links_revoked --
-- Whether a link issued then was revoked since, this person's or everybody's. $1 tenant, $2 case, $3 person, $4 issued at.
SELECT EXISTS (
  SELECT FROM revoked_links
  WHERE tenant = $1 AND case_id = $2 AND person IN ($3, '') AND revoked_at >= $4);

-- revoke_links --
-- Every link issued up to now opens nothing any more. $1 tenant, $2 case, $3 person, '' for everybody, $4 who, $5 now.
INSERT INTO revoked_links (tenant, case_id, person, revoked_by, revoked_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, case_id, person) DO UPDATE SET revoked_by = excluded.revoked_by, revoked_at = excluded.revoked_at;

-- message_known --
-- Whether a message of this id came in. $1 tenant, $2 message id.
SELECT EXISTS (SELECT FROM inbox WHERE tenant = $1 AND message_id = $2);
