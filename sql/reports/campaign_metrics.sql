create function campaign_metrics(
  campaign_id uuid,
  start_date date default null,
  end_date date default null,
  include_children boolean default false,
  tz text default null
)
returns table (
  total_visits bigint,
  unique_visitors bigint,
  total_conversions bigint,
  conversion_rate numeric,
  currency text,
  total_revenue numeric,
  average_order_value numeric,
  cost numeric,
  budget numeric,
  roi numeric,
  cost_per_visit numeric,
  cost_per_conversion numeric,
  profit numeric,
  other_currencies jsonb
)
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set jit = off
as $$
  select t.visits, t.unique_visitors, t.conversions, t.conversion_rate, t.currency, t.revenue, t.average_order_value,
    t.cost, t.budget, t.roi, t.cost_per_visit, t.cost_per_conversion, t.profit, t.other_currencies
  from _campaign_days(start_date, end_date, tz) d
  cross join lateral _campaign_totals(
    array[_campaign_check_exists(campaign_metrics.campaign_id)], include_children, d.range_from, d.range_until
  ) t;
$$;

comment on function campaign_metrics(uuid, date, date, boolean, text) is
'The figures of one campaign, one row: always current and exact. From start_date to end_date, local days of tz, both included; a NULL date is an '
'open end, tz NULL is campaign.timezone. With include_children the whole tree below counts too, each visitor once. Visits count by the time of the '
'click, without bots; conversions by the time of the order, without cancelled ones; total_revenue is net of refunds, in the currency column''s currency. '
'conversion_rate = conversions / visits * 100; average_order_value = revenue / conversions of that currency; roi = (revenue - cost) / cost * 100; '
'cost_per_visit = cost / visits; cost_per_conversion = cost / conversions; profit = revenue - cost; each NULL where it would divide by 0. '
'Cost and budget do not depend on the dates. other_currencies: array of {currency, conversions, revenue, average_order_value}, or NULL; money of '
'different currencies is never added up. Errors: no such campaign P0002; NULL id, unknown time zone or end before start 22023.';

revoke all on function campaign_metrics(uuid, date, date, boolean, text) from public;
grant execute on function campaign_metrics(uuid, date, date, boolean, text) to campaign_analyst;
