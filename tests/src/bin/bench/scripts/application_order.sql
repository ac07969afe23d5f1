-- The same order in a shop that credits it by itself: five statements in one transaction.
\set session permute(:client_id * :sessions_of_client + mod(:placed, :sessions_of_client), :sessions) + :first_session
\set placed :placed + 1
\set customer random(:first_customer, :last_customer)
begin;
select id as visit_id, campaign_id, device_type, country
  from bare_visits
 where session_id = '00000000-0000-4000-8000-' || :session and visited_at <= now() and now() < expires_at
 order by visited_at desc, touch_no desc
 limit 1
\gset
insert into bare_orders (customer_id, total, session_id, campaign_id, visit_id)
values (('00000000-0000-4000-9000-' || :customer)::uuid, 129.90, '00000000-0000-4000-8000-' || :session, :campaign_id, :visit_id)
returning id as order_id
\gset
insert into bare_conversions
  (id, campaign_id, visit_id, order_id, customer_id, session_id, device_type, country, revenue, order_total, converted_at)
values
  (_campaign_uuid(), :campaign_id, :visit_id, :order_id, ('00000000-0000-4000-9000-' || :customer)::uuid,
   '00000000-0000-4000-8000-' || :session, :device_type, :country, 129.90, 129.90, now());
update bare_visits
   set converted = true, conversion_at = now(), attributed_order_id = :order_id,
       customer_id = ('00000000-0000-4000-9000-' || :customer)::uuid
 where id = :visit_id;
update bare_customers
   set acquisition_campaign_id = :campaign_id
 where id = ('00000000-0000-4000-9000-' || :customer)::uuid and acquisition_campaign_id is null;
commit;
