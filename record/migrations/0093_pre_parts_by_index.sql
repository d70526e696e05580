-- A part in a campaign of a hundred thousand members is looked up, member by member, by what is known of who asks: one condition
-- of three parts, and a join over keys that are worked out, read every member at every claim. It says the same as 0073.
CREATE INDEX campaign_members_by_person ON campaign_members (tenant, case_id, person) WHERE person IS NOT NULL;

CREATE OR REPLACE FUNCTION in_conflict(p_tenant text, p_reviewer text, p_case text, p_area text)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  known text[];
BEGIN
  SELECT coalesce((SELECT v.person_keys FROM reviewers v WHERE v.tenant = p_tenant AND v.reviewer_id = p_reviewer), '{}')
    || coalesce((SELECT array_agg(one) FROM declared_conflicts k, unnest(k.keys) AS one
                 WHERE k.tenant = p_tenant AND k.reviewer = p_reviewer AND k.ended_at IS NULL AND k.about <> 'topic'), '{}')
  INTO known;
  IF split_part(p_case, '/', 3) = 'campaign' AND cardinality(known) > 0 AND (
    EXISTS (
      SELECT FROM campaign_members m WHERE m.tenant = p_tenant AND m.case_id = p_case AND m.account_key = ANY (known))
    OR EXISTS (
      SELECT FROM campaign_members m WHERE m.tenant = p_tenant AND m.case_id = p_case AND m.person = ANY (known))
    OR EXISTS (
      SELECT FROM campaign_members m WHERE m.tenant = p_tenant AND m.case_id = p_case AND m.member_key = ANY (known || ARRAY(
        SELECT split_part(p.case_id, '/', 4) FROM case_people p
        WHERE p.tenant = p_tenant AND p.person <> '' AND (p.person = ANY (known) OR p.address_key = ANY (known)))))
  ) THEN
    RETURN true;
  END IF;
  RETURN split_part(p_case, '/', 4) = ANY (known)
    OR EXISTS (
      SELECT FROM case_people p WHERE p.tenant = p_tenant AND p.case_id = p_case AND p.person <> ''
        AND (p.person = ANY (known) OR p.address_key = ANY (known)))
    OR EXISTS (
      SELECT FROM case_communities m WHERE m.tenant = p_tenant AND m.case_id = p_case AND m.community = ANY (known))
    OR EXISTS (
      SELECT FROM declared_conflicts k
      WHERE k.tenant = p_tenant AND k.reviewer = p_reviewer AND k.ended_at IS NULL AND k.about = 'topic'
        AND k.keys[1] = coalesce(p_area, (SELECT c.category FROM cases c WHERE c.tenant = p_tenant AND c.case_id = p_case)));
END
$$;
