create function campaign_breakdown(
  campaign_id uuid,
  dimension text,
  start_date date default null,
  end_date date default null,
  include_children boolean default false,
  tz text default null,
  max_rows int default 50
)
returns table (
  value text,
  visits bigint,
  unique_visitors bigint,
  conversions bigint,
  conversion_rate numeric,
  revenue numeric
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_ids uuid[] := _campaign_covered(campaign_breakdown.campaign_id, include_children);
  v_days record := _campaign_days(start_date, end_date, tz);
  v_main text := _campaign_main_currency();
begin
  if dimension is null or dimension not in ('device', 'country', 'city', 'referrer', 'landing_page', 'platform') then
    raise exception using errcode = '22023',
      message = format('unknown dimension %s', coalesce(quote_literal(dimension), 'NULL')),
      hint = 'Use device, country, city, referrer, landing_page or platform.';
  end if;
  if max_rows is null or max_rows < 1 then
    raise exception using errcode = '22023', message = 'max_rows must be 1 or more';
  end if;

  if dimension = 'platform' then
    return query
    select t.key, t.visits, t.unique_visitors, t.conversions, t.conversion_rate, t.revenue
    from (select array_agg(c.platform) as platforms, array_agg(c.id) as ids from campaigns c where c.id = any (v_ids)) l
    cross join lateral _campaign_totals_by(l.platforms, l.ids, v_days.range_from, v_days.range_until) t
    where t.visits > 0 or t.conversions > 0
    order by t.visits desc, t.conversions desc, t.revenue desc, t.key collate "C"
    limit max_rows;
    return;
  end if;

  return query
  with counted as (
    select p.value, coalesce(sum(p.visits), 0)::bigint as visits,
      campaign_audience_count(campaign_audience_union(p.audience)) as unique_visitors,
      coalesce(sum(p.conversions), 0)::bigint as conversions,
      coalesce(sum(p.revenue) filter (where p.currency is not distinct from v_main), 0) as revenue
    from _campaign_parts(v_ids, dimension::campaign_dimension, v_days.range_from, v_days.range_until, true) p
    group by p.value
  )
  select c.value, c.visits, c.unique_visitors, c.conversions,
    campaign_rate(c.conversions, c.visits), round(c.revenue, 2)
  from counted c
  order by c.visits desc, c.conversions desc, c.revenue desc, c.value collate "C"
  limit max_rows;
end
$$;

comment on function campaign_breakdown(uuid, text, date, date, boolean, text, int) is
'One campaign by device, country, city, referrer (its host), landing_page or platform: the max_rows values with most visits. value is NULL for what is '
'not known; a conversion has the value of the visit it is credited to, wherever the order came from. From start_date to end_date, local days of tz, both included; a NULL date is an open end, tz NULL is campaign.timezone. '
'With include_children the whole tree below counts too. unique_visitors are distinct sessions of the value and do not add up. '
'conversion_rate = conversions / visits * 100, NULL without visits. Revenue is net of refunds, without cancelled orders, in the main currency. '
'Errors: no such campaign P0002; NULL id, unknown dimension or time zone, end before start, max_rows below 1 22023.';

revoke all on function campaign_breakdown(uuid, text, date, date, boolean, text, int) from public;
grant execute on function campaign_breakdown(uuid, text, date, date, boolean, text, int) to campaign_analyst;
