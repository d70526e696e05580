-- Declared conflicts of reviewers, and one answer to whether somebody has a part in a case (P5).

-- about: account, community, topic. keys: by which a case is recognised to be about it (of a topic its area); name: sealed.
-- Ended, never deleted: the record says who was barred, when, and on whose word.
CREATE TABLE declared_conflicts (
  tenant text NOT NULL REFERENCES tenants,
  conflict_id text NOT NULL,
  reviewer text NOT NULL,
  about text NOT NULL,
  keys text[] NOT NULL,
  name bytea NOT NULL,
  declared_at timestamptz NOT NULL,
  declared_by text NOT NULL,
  ended_at timestamptz,
  ended_by text,
  PRIMARY KEY (tenant, conflict_id)
);
CREATE UNIQUE INDEX declared_conflicts_live ON declared_conflicts (tenant, reviewer, about, keys) WHERE ended_at IS NULL;
ALTER TABLE declared_conflicts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON declared_conflicts USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON declared_conflicts TO :app_role;

-- In which community what a case is about stands.
CREATE TABLE case_communities (
  tenant text NOT NULL,
  case_id text NOT NULL,
  community text NOT NULL,
  PRIMARY KEY (tenant, case_id, community)
);
ALTER TABLE case_communities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON case_communities USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON case_communities TO :app_role;

-- Whether this reviewer is among the people of a case, is what it is about, or has declared a conflict with it. p_area: of the
-- allegation, null: the case's leading one.
CREATE FUNCTION in_conflict(p_tenant text, p_reviewer text, p_case text, p_area text)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  known text[];
BEGIN
  SELECT coalesce((SELECT v.person_keys FROM reviewers v WHERE v.tenant = p_tenant AND v.reviewer_id = p_reviewer), '{}')
    || coalesce((SELECT array_agg(one) FROM declared_conflicts k, unnest(k.keys) AS one
                 WHERE k.tenant = p_tenant AND k.reviewer = p_reviewer AND k.ended_at IS NULL AND k.about <> 'topic'), '{}')
  INTO known;
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

CREATE OR REPLACE FUNCTION has_a_part(t review_tasks, p_reviewer text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN in_conflict(t.tenant, p_reviewer, t.case_id, t.area)
    OR t.kind <> 'matter' AND EXISTS (
      SELECT FROM case_deciders d WHERE d.tenant = t.tenant AND d.case_id = t.case_id AND d.reviewer = p_reviewer);
END
$$;
