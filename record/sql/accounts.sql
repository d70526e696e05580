-- matters_of_account --
-- The newest matters about an account and its contents. $1 tenant, $2 account, $3 limit.
SELECT case_id, matter_id, area, open, violation, opened_at, decided_at FROM account_matters
WHERE tenant = $1 AND account = $2
ORDER BY opened_at DESC, case_id, matter_id
LIMIT $3;

-- account_of_case --
-- Whose account a case is about, as it was last projected with matters. $1 tenant, $2 case.
SELECT account FROM account_matters WHERE tenant = $1 AND case_id = $2 ORDER BY opened_at DESC LIMIT 1;
