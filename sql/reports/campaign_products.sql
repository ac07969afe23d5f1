create function campaign_products(
  campaign_id uuid,
  start_date date default null,
  end_date date default null,
  include_children boolean default false,
  tz text default null,
  max_rows int default 10
)
returns table (
  product_id text,
  product_name text,
  quantity_sold numeric,
  revenue numeric
)
language plpgsql stable parallel unsafe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_ids uuid[] := _campaign_covered(campaign_products.campaign_id, include_children);
  v_days record := _campaign_days(start_date, end_date, tz);
  v_main text := _campaign_main_currency();
  v_default text := upper(_campaign_setting('currency'));
  v_orders text[];
begin
  if max_rows is null or max_rows < 1 then
    raise exception using errcode = '22023', message = 'max_rows must be 1 or more';
  end if;

  select array_agg(c.order_id::text)
  into v_orders
  from campaign_conversions c
  where c.campaign_id = any (v_ids)
    and c.converted_at >= v_days.range_from and c.converted_at < v_days.range_until
    and c.cancelled_at is null
    and coalesce(c.currency, v_default) is not distinct from v_main;

  return query
  select l.product_id, max(l.product_name), coalesce(sum(l.quantity), 0), round(coalesce(sum(l.amount), 0), 2)
  from _campaign_products_of(v_orders) l
  -- A line without a product id, such as a gift card, is known by its name.
  group by l.product_id, case when l.product_id is null then l.product_name end
  order by 4 desc, 3 desc, l.product_id collate "C", 2
  limit max_rows;
end
$$;

comment on function campaign_products(uuid, date, date, boolean, text, int) is
'What was bought in the orders credited to one campaign: the max_rows products with most revenue. Revenue is the sum of the order lines as the shop keeps them, '
'of orders in the main currency that are not cancelled; refunds of an order as a whole are not spread over its lines. No rows without a shop whose lines are '
'mapped (campaign_install, order_lines). From start_date to end_date, local days of tz, both included; a NULL date is an open end, tz NULL is '
'campaign.timezone. With include_children the whole tree below counts too. '
'Errors: no such campaign P0002; NULL id, unknown time zone, end before start, max_rows below 1 22023.';

revoke all on function campaign_products(uuid, date, date, boolean, text, int) from public;
grant execute on function campaign_products(uuid, date, date, boolean, text, int) to campaign_analyst;
