-- A live session looks at a page.
\set session random(:first_session, :last_session)
select campaign_update_activity('00000000-0000-4000-8000-' || :session);
