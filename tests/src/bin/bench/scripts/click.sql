-- A click by a browser that was never here.
\set campaign random(:first_campaign, :last_campaign)
select * from campaign_track_visit(
  'BENCH_' || :campaign, gen_random_uuid()::text, :landing_page, :user_agent, :referrer, '203.0.113.7');
