-- owe_mails --
-- Mails that are owed; what is there stays. $1 tenant, $2 case, $3 notice, $4 kind, $5 reference, $6 now, then one array
-- each: $7 people, $8 roles, $9 Message-IDs, $10 sealed bodies.
INSERT INTO notices (tenant, case_id, notice_id, kind, reference, owed_at, person, role, message_id, body, state)
SELECT $1, $2, $3, $4, $5, $6, m.person, m.role, m.message_id, m.body, 'owed'
FROM unnest($7::text[], $8::text[], $9::text[], $10::bytea[]) AS m (person, role, message_id, body)
ON CONFLICT (tenant, case_id, notice_id, person) DO NOTHING;

-- unsent_mails --
-- Mails of a notice that are not sent. $1 tenant, $2 case, $3 notice, $4 limit.
SELECT notice_id, person, role, kind, state, message_id, body, attempts, sent_at FROM notices
WHERE tenant = $1 AND case_id = $2 AND notice_id = $3 AND state IN ('owed', 'sending')
ORDER BY person
LIMIT $4;

-- mails_by_state --
-- How far a telling got. $1 tenant, $2 case, $3 notice.
SELECT state, count(*) AS mails FROM notices WHERE tenant = $1 AND case_id = $2 AND notice_id = $3 GROUP BY state;

-- note_sending --
-- Attempts begin. $1 tenant, $2 case, $3 notice, $4 people.
UPDATE notices SET state = 'sending', attempts = attempts + 1
WHERE tenant = $1 AND case_id = $2 AND notice_id = $3 AND person = ANY ($4) AND state IN ('owed', 'sending');

-- note_sent --
-- The mail server took them; the first time stands. $1 tenant, $2 case, $3 notice, $4 people, $5 at.
UPDATE notices SET state = 'sent', sent_at = $5, last_error = NULL
WHERE tenant = $1 AND case_id = $2 AND notice_id = $3 AND person = ANY ($4) AND state <> 'sent';

-- note_undeliverable --
-- It cannot be delivered, ever. $1 tenant, $2 case, $3 notice, $4 person, $5 error code.
UPDATE notices SET state = 'undeliverable', last_error = $5
WHERE tenant = $1 AND case_id = $2 AND notice_id = $3 AND person = $4 AND state <> 'sent';

-- note_failed --
-- This attempt failed. $1 tenant, $2 case, $3 notice, $4 person, $5 error code.
UPDATE notices SET state = 'owed', last_error = $5
WHERE tenant = $1 AND case_id = $2 AND notice_id = $3 AND person = $4 AND state = 'sending';

-- owe_filing --
-- A statement that is owed; what is there stays. $1 tenant, $2 filing, $3 case, $4 cause, $5 sealed payload, $6 now.
INSERT INTO filings (tenant, filing_id, case_id, cause, payload, owed_at, state) VALUES ($1, $2, $3, $4, $5, $6, 'owed')
ON CONFLICT DO NOTHING;

-- filing --
-- One statement. $1 tenant, $2 filing.
SELECT case_id, cause, state, payload, uuid, attempts, last_error, owed_at, answered_at FROM filings
WHERE tenant = $1 AND filing_id = $2;

-- note_filing_attempt --
-- The statement was sent. $1 tenant, $2 filing, $3 error code or null.
UPDATE filings SET attempts = attempts + 1, last_error = $3 WHERE tenant = $1 AND filing_id = $2;

-- note_filing_answered --
-- The database answered; the first answer stands. $1 tenant, $2 filing, $3 state, $4 uuid, $5 error code, $6 at.
UPDATE filings SET state = $3, uuid = $4, last_error = $5, answered_at = $6
WHERE tenant = $1 AND filing_id = $2 AND state = 'owed';
