-- A campaign files one statement for each of its members: which one a member has is found by its cause.
CREATE INDEX filings_by_cause ON filings (tenant, case_id, cause);
DROP INDEX filings_by_case;
