-- What a page view changes, by somebody who already knows which touch is the latest.
\set session random(:first_session, :last_session)
update bare_visits
   set last_activity_at = now(), expires_at = now() + interval '30 days'
 where session_id = '00000000-0000-4000-8000-' || :session and touch_no = 1;
