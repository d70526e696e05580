-- end_session --
-- A session is over, and rows of those that are over by themselves go. $1 tenant, $2 session, $3 when it lapses, $4 now.
WITH lapsed AS (DELETE FROM ended_sessions WHERE tenant = $1 AND lapses_at <= $4)
INSERT INTO ended_sessions (tenant, session, lapses_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- session_ended --
-- Whether somebody signed out of this session. $1 tenant, $2 session.
SELECT EXISTS (SELECT FROM ended_sessions WHERE tenant = $1 AND session = $2);
