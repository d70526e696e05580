-- The doors the law asks for: authorities are people of a case too, and a removal request may come in several messages.

ALTER TABLE case_people DROP CONSTRAINT case_people_role_check;
ALTER TABLE case_people ADD CONSTRAINT case_people_role_check
  CHECK (role IN ('author', 'reporter', 'appellant', 'authority'));

-- What each message of a removal request gave (47 U.S.C. 223a(a)(1)(B)): names of elements, nothing of what they say.
-- request_id: of the first message; number: of this one in the inbox.
CREATE TABLE removal_requests (
  tenant text NOT NULL,
  stream_id text NOT NULL,
  request_id text NOT NULL,
  number bigint NOT NULL,
  given text[] NOT NULL,
  PRIMARY KEY (tenant, stream_id, request_id, number),
  FOREIGN KEY (tenant, stream_id, number) REFERENCES inbox
);
ALTER TABLE removal_requests ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON removal_requests USING (tenant = current_setting('dueprocess.tenant', true));
GRANT SELECT, INSERT ON removal_requests TO :app_role;

-- A stream's unread messages in order, under the stream's lock; none where there is no such stream. first_of_person: the
-- reporter's first in this case. contactable: the reporter can be told. Notices and removal requests are reports too.
CREATE OR REPLACE FUNCTION unread_messages(p_tenant text, p_stream text, p_limit integer)
RETURNS TABLE (
  number bigint, message_id text, kind text, channel text, content bytea, person text, received_at timestamptz,
  first_of_person boolean, contactable boolean
) LANGUAGE plpgsql AS $$
DECLARE
  of_case text;
BEGIN
  PERFORM set_config('dueprocess.tenant', p_tenant, true);
  SELECT s.case_id INTO of_case FROM streams s WHERE s.tenant = p_tenant AND s.stream_id = p_stream FOR UPDATE;
  RETURN QUERY
  SELECT i.number, i.message_id, i.kind, i.channel, i.content, i.person, i.received_at,
    coalesce(p.first_of_person, false), coalesce(p.contactable, false)
  FROM inbox i
  LEFT JOIN LATERAL (
    SELECT bool_or(c.first_number = i.number) AS first_of_person, bool_or(c.contactable) AS contactable
    FROM case_people c
    WHERE c.tenant = p_tenant AND c.case_id = of_case AND c.role = 'reporter' AND c.person = i.person
  ) p ON i.kind IN ('report', 'notice', 'take_it_down')
  WHERE i.tenant = p_tenant AND i.stream_id = p_stream AND i.consumed_at IS NULL
  ORDER BY i.number
  LIMIT p_limit;
END
$$;
