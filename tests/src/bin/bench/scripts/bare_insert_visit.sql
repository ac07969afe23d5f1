-- The row that a click makes, by somebody who already knows all of it.
\set campaign random(:first_campaign, :last_campaign)
insert into bare_visits
  (id, campaign_id, session_id, session_no, touch_no, ip_address, user_agent, referrer, landing_page, device_type,
   visited_at, last_activity_at, expires_at)
values
  (_campaign_uuid(), ('00000000-0000-7000-8000-' || :campaign)::uuid, gen_random_uuid()::text, nextval('bare_session_no'), 1,
   '203.0.113.0', :user_agent, :referrer, :landing_page, 'mobile', now(), now(), now() + interval '30 days');
