-- cases_opened --
-- A share of the cases opened within a time, by id. $1 tenant, $2 since, $3 until, $4 after this one, $5 shares, $6 which of
-- them, $7 limit.
SELECT case_id FROM cases
WHERE tenant = $1 AND opened_at >= $2 AND opened_at < $3 AND case_id > $4 AND (hashtext(case_id) & 2147483647) % $5::integer = $6
ORDER BY case_id LIMIT $7;

-- backtest_events --
-- Events of these kinds in these cases, in sequence. $1 tenant, $2 cases, $3 kinds.
SELECT stream_id, event_id, body FROM case_events
WHERE tenant = $1 AND stream_id = ANY ($2::text[]) AND kind = ANY ($3::text[]) ORDER BY stream_id, sequence;
