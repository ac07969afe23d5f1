create function _campaign_convert_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
  with placed as (
    select * from (select {order_facts}{credited_visit} from {source}) f where f.is_placed
  ), credited as (
    insert into campaign_conversions
      (id, campaign_id, visit_id, order_id, customer_id, session_id, device_type, country, currency,
       revenue, order_total, refunded, cancelled_at, converted_at)
    select _campaign_uuid(), t.campaign_id, t.id, p.order_id, p.customer_id, t.session_id, t.device_type, t.country, p.currency,
           p.total, p.total, p.refunded, case when p.is_cancelled then now() end, p.placed_at
      from placed p
     cross join lateral ({touch}) t
    on conflict (order_id) do nothing
    returning campaign_id, visit_id, order_id, customer_id, session_id, converted_at
  ), first_of_visit as (
    select distinct on (visit_id) * from credited order by visit_id, converted_at, order_id
  ), marked as (
    update campaign_visits v
       set converted = true,
           conversion_at = coalesce(v.conversion_at, f.converted_at),
           attributed_order_id = coalesce(v.attributed_order_id, f.order_id),
           customer_id = coalesce(v.customer_id, f.customer_id)
      from first_of_visit f
     where v.session_id = f.session_id and v.id = f.visit_id
       and (not v.converted or (v.customer_id is null and f.customer_id is not null))
  )
  select array_agg(customer_id order by converted_at, order_id), array_agg(campaign_id order by converted_at, order_id)
    into v_customers, v_campaigns
    from credited
   where customer_id is not null;
  if v_customers is not null then
    perform _campaign_acquire(v_customers, v_campaigns);
  end if;
$template$
$campaign$;

comment on function _campaign_convert_sql() is
  'Template: credits the orders of {source} that have no conversion yet, {touch} finding the visit of an order p; marks the visits and the customers.';
revoke all on function _campaign_convert_sql() from public;
