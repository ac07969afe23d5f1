-- What the example shop's page shows. It names campaigns, so it comes after pg_campaign is there.

create or replace function demo.catalogue()
returns jsonb
language sql
stable
parallel safe
security definer
set search_path = demo, campaign, pg_temp
as $$
  select jsonb_build_object(
    'currency', 'USD',
    'products', (
      select jsonb_agg(jsonb_build_object('id', id, 'sku', sku, 'name', name, 'price', price) order by id)
      from products
      where is_active),
    'customers', (
      select jsonb_agg(jsonb_build_object(
        'id', id, 'name', full_name, 'address_id', address_id, 'city', city, 'country', country) order by id)
      from (
        select distinct on (customers.id) customers.id, full_name, addresses.id as address_id, city, country
        from customers join addresses on addresses.customer_id = customers.id
        order by customers.id, addresses.id) as people
      where id <= 'c0000000-0000-4000-8000-000000000012'),
    'campaigns', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', id, 'name', name, 'platform', platform, 'tracking_code', tracking_code) order by created_at desc, id desc), '[]')
      from (
        select * from campaigns
        where is_active and campaign_type <> 'campaign'
        order by created_at desc, id desc limit 12) as posts))
$$;

comment on function demo.catalogue() is
  'What the example shop shows: products on sale by id, the first twelve customers with an address each, and the twelve newest active posts with the codes of their links.';
revoke all on function demo.catalogue() from public;
grant execute on function demo.catalogue() to campaign_tracker;
