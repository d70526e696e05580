-- An order that is given up is a task of operators, who step in: nobody claims it as a question to decide.

-- Whether nothing in the task's own row speaks against this reviewer's taking it now.
CREATE OR REPLACE FUNCTION free_for(
  r review_tasks, p_reviewer text, p_areas_out text[], p_languages text[], p_tier smallint, p_tiered text[],
  p_now timestamptz, p_severities_out smallint[]
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (r.leased_until IS NULL OR r.leased_until <= p_now)
    AND (r.snoozed_until IS NULL OR r.snoozed_until <= p_now)
    AND (r.assigned_to IS NULL OR r.assigned_to = p_reviewer OR r.due_at <= p_now)
    AND p_reviewer <> ALL (r.skipped_by) AND p_reviewer <> ALL (r.excluded)
    AND (r.area IS NULL OR r.area <> ALL (p_areas_out)) AND r.severity <> ALL (p_severities_out)
    AND (r.language IS NULL OR p_languages IS NULL OR r.language = ANY (p_languages))
    AND (r.tier <= p_tier OR r.queue <> ALL (p_tiered)) AND r.kind <> 'order'
$$;
