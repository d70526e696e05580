-- add_arrival --
INSERT INTO arrivals (received_at, mail_from, message_id, notice, notice_kind, subject_line, raw)
VALUES (:received_at, :mail_from, :message_id, :notice, :notice_kind, :subject_line, :raw)
RETURNING sequence;

-- add_recipient --
INSERT INTO recipients (sequence, address) VALUES (:sequence, :address) ON CONFLICT DO NOTHING;

-- arrival --
SELECT * FROM arrivals WHERE sequence = :sequence;

-- recipients_of --
SELECT address FROM recipients WHERE sequence = :sequence ORDER BY address;

-- mails --
-- Distinct by Message-ID, newest first; NULL filters match all.
SELECT message_id, min(sequence) AS sequence, count(*) AS arrived FROM arrivals
WHERE (:notice IS NULL OR notice = :notice)
  AND (:message_id IS NULL OR message_id = :message_id)
  AND (:to IS NULL OR sequence IN (SELECT sequence FROM recipients WHERE address = :to))
GROUP BY message_id HAVING min(sequence) < :before ORDER BY min(sequence) DESC LIMIT :limit;

-- arrivals_of --
SELECT sequence, received_at, mail_from, notice, notice_kind, subject_line FROM arrivals
WHERE message_id = :message_id ORDER BY sequence;

-- count_distinct --
SELECT count(DISTINCT message_id) FROM arrivals
WHERE (:notice IS NULL OR notice = :notice)
  AND (:message_id IS NULL OR message_id = :message_id)
  AND (:to IS NULL OR sequence IN (SELECT sequence FROM recipients WHERE address = :to));

-- count_arrivals --
SELECT count(*) FROM arrivals
WHERE (:notice IS NULL OR notice = :notice)
  AND (:message_id IS NULL OR message_id = :message_id)
  AND (:to IS NULL OR sequence IN (SELECT sequence FROM recipients WHERE address = :to));

-- refusal --
SELECT code FROM refusals WHERE address = :address;

-- refusals --
SELECT address, code FROM refusals ORDER BY address;

-- add_refusal --
INSERT INTO refusals (address, code) VALUES (:address, :code);

-- write_log --
INSERT INTO log (at, event, smtp_status, message_id, address) VALUES (:at, :event, :smtp_status, :message_id, :address);

-- read_log --
SELECT * FROM log WHERE sequence > :after ORDER BY sequence LIMIT :limit;

-- forget_recipients --
DELETE FROM recipients;

-- forget_arrivals --
DELETE FROM arrivals;

-- forget_refusals --
DELETE FROM refusals;

-- forget_log --
DELETE FROM log;
