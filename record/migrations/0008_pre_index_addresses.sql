-- Whether a reviewer has a part in a case is asked at every claim, of cases with thousands of reporters too.
CREATE INDEX case_people_by_address ON case_people (tenant, address_key, case_id);
