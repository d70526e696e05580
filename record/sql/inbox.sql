-- ensure_case --
-- The case's stream, row and key, and a person's key in it ('' for none). $1 tenant, $2 case, $3 kind, $4 candidate's id,
-- $5 wrapped, $6 KEK version, $7 person, $8 candidate's id, $9 wrapped, $10 now.
SELECT person, key_id, wrapped, kek_version FROM ensure_case($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- accept_message --
-- One message into an inbox; sets its tenant itself. $1 tenant, $2 stream, $3 sealed subject, $4 key, $5 person's key,
-- $6 kind, $7 channel, $8 message id, $9 digest, $10 sealed content, $11 sealed personal part, $12 person, $13 key of the
-- person's address, $14 role, $15 area, $16 sealed contact, $17 contactable, $18 received at.
SELECT outcome, number, received_at, ring
FROM accept_message($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18);

-- open_and_accept --
-- The same, of a case or person never seen; other_key: they were. $1 tenant, $2 case, $3 its kind, $4 candidate key
-- wrapped, $5 KEK version, $6 person's candidate wrapped, $7 now, then as accept_message from its $3 on: $8 sealed subject,
-- $9 key, $10 person's key, $11 kind, $12 channel, $13 message id, $14 digest, $15 content, $16 personal part, $17 person,
-- $18 key of the address, $19 role, $20 area, $21 contact, $22 contactable, $23 received at.
SELECT outcome, number, received_at, ring
FROM open_and_accept($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
  $23);

-- accept_messages --
-- Raw messages into an inbox, in their order. $1 tenant, $2 stream, $3 key, then one array each: $4 sealed subject,
-- $5 person's key, $6 kind, $7 channel, $8 message id, $9 digest, $10 content, $11 personal part, $12 person, $13 key of
-- the address, $14 role, $15 area, $16 contact, $17 contactable, $18 received at.
SELECT accepted.outcome, accepted.number
FROM unnest(
  $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[], $11::bytea[], $12::text[],
  $13::text[], $14::text[], $15::text[], $16::bytea[], $17::boolean[], $18::timestamptz[]
) WITH ORDINALITY AS m (
  subject, person_key_id, kind, channel, message_id, digest, content, personal, person, address_key, role, area, contact,
  contactable, received_at, place
), LATERAL accept_message(
  $1, $2, m.subject, $3, m.person_key_id, m.kind, m.channel, m.message_id, m.digest, m.content, m.personal, m.person,
  m.address_key, m.role, m.area, m.contact, m.contactable, m.received_at
) AS accepted
ORDER BY m.place;

-- unread_messages --
-- Unread messages in order, under the stream's lock; sets its tenant itself. $1 tenant, $2 stream, $3 limit.
SELECT number, message_id, kind, channel, content, person, received_at, first_of_person, contactable
FROM unread_messages($1, $2, $3);

-- record_taken --
-- Messages become events and are consumed. $1 tenant, $2 stream, $3 key, $4 now, $5 numbers, $6 event ids, $7 kinds,
-- $8 occurred at, $9 sealed bodies, $10 the last sequence the caller knows, or null.
SELECT sequence, event_id, occurred_at, body, more FROM record_taken($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- raise_flag --
-- Something an operator must do by hand. $1 tenant, $2 stream, $3 flag, $4 now.
INSERT INTO case_flags (tenant, stream_id, flag, raised_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, stream_id, flag) DO UPDATE SET raised_at = excluded.raised_at, cleared_at = NULL, cleared_by = NULL;

-- clear_flag --
-- The operator did it; nothing where no such flag was up. $1 tenant, $2 stream, $3 flag, $4 now, $5 who.
UPDATE case_flags SET cleared_at = $4, cleared_by = $5
WHERE tenant = $1 AND stream_id = $2 AND flag = $3 AND cleared_at IS NULL
RETURNING flag;

-- case_subject --
-- What the case is about, sealed. $1 tenant, $2 case.
SELECT kind, subject FROM cases WHERE tenant = $1 AND case_id = $2;

-- case_of_stream --
-- Which case a stream belongs to, or a question that checks. $1 tenant, $2 stream.
SELECT case_id FROM streams WHERE tenant = $1 AND stream_id = $2
UNION ALL
SELECT case_id FROM probes WHERE tenant = $1 AND stream_id = $2 AND NOT passed_over
LIMIT 1;

-- deciders_among --
-- Of these reviewers, who judged in the case before. $1 tenant, $2 case, $3 reviewers.
SELECT reviewer FROM case_deciders WHERE tenant = $1 AND case_id = $2 AND reviewer = ANY ($3);

-- texts_of_case --
-- Of these texts, which are stored for the case. $1 tenant, $2 case, $3 text ids.
SELECT text_id FROM texts WHERE tenant = $1 AND case_id = $2 AND text_id = ANY ($3);

-- same_person --
-- Whom the case knows by this key, be it of an account or an address. $1 tenant, $2 case, $3 person keys.
SELECT DISTINCT asked.person AS asked, p.person
FROM unnest($3::text[]) AS asked (person)
JOIN case_people p ON p.tenant = $1 AND p.case_id = $2 AND p.role IN ('author', 'reporter')
  AND p.person <> '' AND (p.person = asked.person OR p.address_key = asked.person);

-- informed_of --
-- Who was told of these decisions, as what, and when first. $1 tenant, $2 case, $3 decisions, $4 people.
SELECT reference, person, min(role) AS role, min(sent_at) AS informed_at
FROM notices
WHERE tenant = $1 AND case_id = $2 AND reference = ANY ($3) AND person = ANY ($4) AND state = 'sent'
GROUP BY reference, person;
