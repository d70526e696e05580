-- switched_off_vendors --
-- Vendors that are not to be asked. $1 tenant.
SELECT vendor, off_by, reason, off_at, switch_id FROM vendor_switches WHERE tenant = $1 AND on_at IS NULL ORDER BY vendor;

-- switch_vendor_off --
-- Switch it off, unless it is. $1 tenant, $2 vendor, $3 switch id, $4 by, $5 sealed reason, $6 at.
INSERT INTO vendor_switches (tenant, vendor, switch_id, off_by, reason, off_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING RETURNING true;

-- switch_vendor_on --
-- Let it be asked again. $1 tenant, $2 vendor, $3 by, $4 at.
UPDATE vendor_switches SET on_by = $3, on_at = $4 WHERE tenant = $1 AND vendor = $2 AND on_at IS NULL RETURNING true;

-- spend_on_vendor --
-- Calls and money of this day, if there is room for these; no row where there is not. The lock of the row keeps two askers
-- from spending the same rest. $1 tenant, $2 vendor, $3 day, $4 calls, $5 micros, $6 calls a day, $7 micros a day.
INSERT INTO vendor_days AS d (tenant, vendor, day, calls, micros, failed)
SELECT $1, $2, $3, $4::integer, $5::bigint, 0 WHERE $4::integer <= $6::integer AND $5::bigint <= $7::bigint
ON CONFLICT (tenant, vendor, day) DO UPDATE SET calls = d.calls + $4::integer, micros = d.micros + $5::bigint
  WHERE d.calls + $4::integer <= $6::integer AND d.micros + $5::bigint <= $7::bigint
RETURNING calls;

-- vendor_gave_no_word --
-- $1 tenant, $2 vendor, $3 day.
UPDATE vendor_days SET failed = failed + 1 WHERE tenant = $1 AND vendor = $2 AND day = $3;

-- vendor_day --
-- What every vendor was used for on one day. $1 tenant, $2 day.
SELECT vendor, calls, micros, failed FROM vendor_days WHERE tenant = $1 AND day = $2 ORDER BY vendor;

-- note_vendor_task --
-- Who asked; the row as it stands then, with the callback if that was first. $1 tenant, $2 vendor, $3 task, $4 case,
-- $5 consultation, $6 asked at, $7 due at, $8 cost.
INSERT INTO vendor_tasks AS t (tenant, vendor, task_id, case_id, consultation, asked_at, due_at, cost_micros)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant, vendor, task_id) DO UPDATE
SET case_id = coalesce(t.case_id, $4), consultation = coalesce(t.consultation, $5), asked_at = coalesce(t.asked_at, $6),
  due_at = coalesce(t.due_at, $7), cost_micros = coalesce(t.cost_micros, $8)
RETURNING *;

-- note_vendor_callback --
-- What a vendor called back about a task; the first word that was its last stays. $1 tenant, $2 vendor, $3 task, $4 word, $5 at.
INSERT INTO vendor_tasks AS t (tenant, vendor, task_id, word, called_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, vendor, task_id) DO UPDATE SET word = coalesce(t.word, $4), called_at = coalesce(t.called_at, $5)
RETURNING *;

-- vendor_task --
-- $1 tenant, $2 vendor, $3 task.
SELECT * FROM vendor_tasks WHERE tenant = $1 AND vendor = $2 AND task_id = $3;

-- vendor_task_brought --
-- Its word is in the case's inbox. $1 tenant, $2 vendor, $3 task, $4 at.
UPDATE vendor_tasks SET brought_at = coalesce(brought_at, $4) WHERE tenant = $1 AND vendor = $2 AND task_id = $3;

-- unclaimed_vendor_tasks --
-- Callbacks about tasks that nobody asked for, as far as the record knows. $1 tenant, $2 before.
SELECT count(*) FROM vendor_tasks WHERE tenant = $1 AND case_id IS NULL AND called_at < $2;
