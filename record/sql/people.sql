-- keep_author --
-- An author of a case, under the case's lock; authors are numbered in the order they were first seen. $1 tenant, $2 case,
-- $3 person, $4 key of the address, $5 person's key, $6 sealed contact, $7 contactable.
SELECT keep_person($1, $2, 'author', $3, '', $4, $5, $6, $7,
  (SELECT count(*) FROM case_people WHERE tenant = $1 AND case_id = $2 AND role = 'author'));

-- author_contacts --
-- Who made what the case is about, in the order they were first seen. $1 tenant, $2 case, $3 this person only, or null.
SELECT person, role, contact FROM case_people
WHERE tenant = $1 AND case_id = $2 AND role = 'author' AND ($3::text IS NULL OR person = $3)
ORDER BY first_number, person;

-- contacts --
-- How to reach these people; the best of what each gave. $1 tenant, $2 case, $3 people.
SELECT DISTINCT ON (person) person, role, contact FROM case_people
WHERE tenant = $1 AND case_id = $2 AND person = ANY ($3) AND person <> ''
ORDER BY person, contactable DESC, contact IS NULL, role, area;

-- reporters_to_tell --
-- Who reported and is still to be told. $1 tenant, $2 case, $3 area or null, $4 through this inbox number, $5 notice,
-- $6 kinds of notices that make this one pointless.
SELECT DISTINCT p.person FROM case_people p
WHERE p.tenant = $1 AND p.case_id = $2 AND p.role = 'reporter' AND p.contactable AND ($3::text IS NULL OR p.area = $3)
  AND p.first_number <= $4
  AND NOT EXISTS (
    SELECT FROM notices n
    WHERE n.tenant = $1 AND n.case_id = $2 AND n.person = p.person AND n.state IN ('sent', 'undeliverable')
      AND (n.notice_id = $5 OR n.kind = ANY ($6)))
ORDER BY p.person;
