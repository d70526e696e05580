-- first_reports --
-- With which inbox number each of these people first reported an area. $1 tenant, $2 case, $3 area or null: any, $4 people.
SELECT person, min(first_number) AS first_number FROM case_people
WHERE tenant = $1 AND case_id = $2 AND role = 'reporter' AND ($3::text IS NULL OR area = $3) AND person = ANY ($4)
GROUP BY person;
