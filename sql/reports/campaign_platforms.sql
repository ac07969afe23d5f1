create function campaign_platforms(
  start_date date default null,
  end_date date default null,
  tz text default null
)
returns table (
  platform text,
  campaigns bigint,
  visits bigint,
  unique_visitors bigint,
  conversions bigint,
  conversion_rate numeric,
  revenue numeric,
  average_order_value numeric,
  cost numeric,
  roi numeric,
  currency text,
  other_currencies jsonb
)
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set jit = off
as $$
  with listed as (
    select array_agg(c.platform order by c.id) as platforms, array_agg(c.id order by c.id) as ids
    from campaigns c
  )
  select t.key, t.campaigns, t.visits, t.unique_visitors, t.conversions, t.conversion_rate, t.revenue, t.average_order_value,
    t.cost, t.roi, t.currency, t.other_currencies
  from _campaign_days(start_date, end_date, tz) d
  cross join listed l
  cross join lateral _campaign_totals_by(l.platforms, l.ids, d.range_from, d.range_until) t
  order by t.revenue desc, t.visits desc, t.key collate "C";
$$;

comment on function campaign_platforms(date, date, text) is
'All campaigns by platform, one row for each platform that has a campaign, highest revenue first. campaigns counts them, active or not; unique_visitors '
'are distinct sessions of the platform and do not add up over platforms. From start_date to end_date, local days of tz, both included; a NULL date is an '
'open end, tz NULL is campaign.timezone. Visits count without bots; conversions without cancelled orders. conversion_rate = conversions / visits * 100; '
'average_order_value = revenue / conversions of that currency; roi = (revenue - cost) / cost * 100; each NULL where it would divide by 0. Revenue is net '
'of refunds, in the currency column''s currency; cost is the sum over the platform''s campaigns and does not depend on the dates. other_currencies: array '
'of {currency, conversions, revenue, average_order_value}, or NULL. Errors: unknown time zone or end before start 22023.';

revoke all on function campaign_platforms(date, date, text) from public;
grant execute on function campaign_platforms(date, date, text) to campaign_analyst;
