create function _campaign_convert_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  with parts as (
    select $insert$insert into campaign_conversions
      (id, campaign_id, visit_id, order_id, customer_id, session_id, device_type, country, currency,
       revenue, order_total, refunded, cancelled_at, converted_at)
    select _campaign_uuid(), v.campaign_id, v.id, p.order_id, p.customer_id, v.session_id, v.device_type, v.country,
           coalesce(p.currency, _campaign_setting('currency')),
           p.total, p.total, p.refunded, case when p.is_cancelled then now() end, p.placed_at
      from unnest(p_orders) p
     cross join lateral (
       select * from campaign_visits v
        where v.id = p.visit_id
          and (v.session_id = p.session_id or _campaign_match_customer())
          and v.visited_at <= p.placed_at and p.placed_at < v.expires_at
        limit 1
     ) v
     where p.is_placed
    on conflict (order_id) do nothing
    returning campaign_id, visit_id, order_id, customer_id, session_id, converted_at$insert$ as insert_conversions,
    $set$converted = true,
           conversion_at = coalesce(v.conversion_at, c.converted_at),
           attributed_order_id = coalesce(v.attributed_order_id, c.order_id),
           customer_id = coalesce(v.customer_id, c.customer_id)$set$ as credit,
    $where$where v.session_id = c.session_id and v.id = c.visit_id
       and (not v.converted or (v.customer_id is null and c.customer_id is not null))$where$ as uncredited
  )
  select replace(replace(replace(replace(replace($template$
create function {schema}._campaign_convert(p_orders {schema}._campaign_order[]) returns bigint
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  v_credit record;
  v_converted bigint;
  v_customers {customer_key_type}[];
  v_campaigns uuid[];
  v_credited uuid[];
  v_moments timestamptz[];
begin
  if cardinality(p_orders) = 1 then
    -- Shops insert orders one by one, and small statements start faster than one that is ready for thousands.
    {insert_conversions} into v_credit;
    get diagnostics v_converted = row_count;
    if v_converted = 1 then
      update campaign_visits v
         set {credit_one}
       {uncredited_one};
      perform _campaign_mark_late('conversion', array[v_credit.campaign_id], array[v_credit.converted_at]);
      if v_credit.customer_id is not null then
        v_customers := array[v_credit.customer_id];
        v_campaigns := array[v_credit.campaign_id];
      end if;
    end if;
  else
    with credited as (
    {insert_conversions}
    ), first_of_visit as (
      select distinct on (visit_id) * from credited order by visit_id, converted_at, order_id
    ), marked as (
      update campaign_visits v
         set {credit}
        from first_of_visit c
       {uncredited}
    )
    select count(*),
           array_agg(customer_id order by converted_at, order_id) filter (where customer_id is not null),
           array_agg(campaign_id order by converted_at, order_id) filter (where customer_id is not null),
           array_agg(campaign_id), array_agg(converted_at)
      into v_converted, v_customers, v_campaigns, v_credited, v_moments
      from credited;
    perform _campaign_mark_late('conversion', v_credited, v_moments);
  end if;
  if v_customers is not null then
    perform _campaign_acquire(v_customers, v_campaigns);
  end if;
  if v_converted < cardinality(p_orders) then
    perform _campaign_correct(p_orders);
  end if;
  return v_converted;
end
$function$
$template$,
    '{insert_conversions}', insert_conversions),
    '{credit}', credit),
    '{uncredited}', uncredited),
    '{credit_one}', replace(credit, 'c.', 'v_credit.')),
    '{uncredited_one}', replace(uncredited, 'c.', 'v_credit.'))
    from parts
$campaign$;

comment on function _campaign_convert_sql() is
  'Template: writes the conversions of orders whose visit_id names the visit that gets the credit, marks those visits and customers, and returns how many are new. An order that has a conversion keeps it, corrected.';
revoke all on function _campaign_convert_sql() from public;
