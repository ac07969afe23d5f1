create function campaign_roi(
  campaign_id uuid default null,
  start_date date default null,
  end_date date default null,
  include_children boolean default false,
  tz text default null
)
returns table (
  campaign_id uuid,
  parent_campaign_id uuid,
  name text,
  tracking_code text,
  platform text,
  campaign_type text,
  is_active boolean,
  currency text,
  cost numeric,
  budget numeric,
  visits bigint,
  unique_visitors bigint,
  conversions bigint,
  conversion_rate numeric,
  revenue numeric,
  average_order_value numeric,
  profit numeric,
  roi numeric,
  cost_per_visit numeric,
  cost_per_conversion numeric,
  other_currencies jsonb
)
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set jit = off
as $$
  select c.id, c.parent_campaign_id, c.name, c.tracking_code, c.platform, c.campaign_type, c.is_active,
    t.currency, t.cost, t.budget, t.visits, t.unique_visitors, t.conversions, t.conversion_rate,
    t.revenue, t.average_order_value, t.profit, t.roi, t.cost_per_visit, t.cost_per_conversion, t.other_currencies
  from _campaign_days(start_date, end_date, tz) d
  cross join lateral _campaign_totals(
    case
      when campaign_roi.campaign_id is null then array(select a.id from campaigns a)
      else array[_campaign_check_exists(campaign_roi.campaign_id)]
    end,
    include_children, d.range_from, d.range_until
  ) t
  join campaigns c on c.id = t.campaign_id
  order by t.revenue desc, c.name, c.id;
$$;

comment on function campaign_roi(uuid, date, date, boolean, text) is
'Return on investment, one row a campaign, highest revenue first: of the given campaign, or of all when campaign_id is NULL. With include_children each '
'row covers that campaign''s whole tree (so rows overlap, and must not be added up). From start_date to end_date, local days of tz, both included; a NULL '
'date is an open end, tz NULL is campaign.timezone. roi = (revenue - cost) / cost * 100; conversion_rate = conversions / visits * 100; '
'average_order_value = revenue / conversions of that currency; cost_per_visit = cost / visits; cost_per_conversion = cost / conversions; '
'profit = revenue - cost; each NULL where it would divide by 0. Revenue is net of refunds, without cancelled orders, in the currency column''s currency; '
'other_currencies: array of {currency, conversions, revenue, average_order_value}, or NULL. '
'Errors: no such campaign P0002; unknown time zone or end before start 22023.';

revoke all on function campaign_roi(uuid, date, date, boolean, text) from public;
grant execute on function campaign_roi(uuid, date, date, boolean, text) to campaign_analyst;
