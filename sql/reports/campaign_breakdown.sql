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
as $$
#variable_conflict use_column
declare
  v_ids uuid[] := _campaign_covered(campaign_breakdown.campaign_id, include_children);
  v_days record := _campaign_days(start_date, end_date, tz);
  v_main text := _campaign_main_currency();
  v_default text := upper(_campaign_setting('currency'));
  v_sessions text[];
  v_visits uuid[];
begin
  if dimension is null or dimension not in ('device', 'country', 'city', 'referrer', 'landing_page', 'platform') then
    raise exception using errcode = '22023',
      message = format('unknown dimension %s', coalesce(quote_literal(dimension), 'NULL')),
      hint = 'Use device, country, city, referrer, landing_page or platform.';
  end if;
  if max_rows is null or max_rows < 1 then
    raise exception using errcode = '22023', message = 'max_rows must be 1 or more';
  end if;

  -- Conversions carry their device and country; the rest is known only to the visit, while it is kept.
  if dimension in ('city', 'referrer', 'landing_page') then
    select array_agg(c.session_id), array_agg(c.visit_id)
    into v_sessions, v_visits
    from campaign_conversions c
    where c.campaign_id = any (v_ids)
      and c.converted_at >= v_days.range_from and c.converted_at < v_days.range_until
      and c.cancelled_at is null;
  end if;

  return query
  with sessions as (
    select v.session_no,
      nullif(
        case dimension
          when 'device' then v.device_type
          when 'country' then v.country
          when 'city' then v.city
          when 'referrer' then _campaign_host(v.referrer)
          when 'landing_page' then v.landing_page
          when 'platform' then p.platform
        end, ''
      ) as value,
      count(*) as visits
    from campaign_visits v
    join campaigns p on p.id = v.campaign_id
    where v.campaign_id = any (v_ids)
      and v.visited_at >= v_days.range_from and v.visited_at < v_days.range_until
      and v.device_type is distinct from 'bot'
    group by 1, 2
  ),
  traffic as (
    select s.value, sum(s.visits)::bigint as visits, count(*) as unique_visitors
    from sessions s
    group by s.value
  ),
  origins as materialized (
    select v.id, v.city, v.referrer, v.landing_page
    from campaign_visits v
    where v.session_id = any (v_sessions) and v.id = any (v_visits)
  ),
  sales as (
    select
      nullif(
        case dimension
          when 'device' then c.device_type
          when 'country' then c.country
          when 'city' then o.city
          when 'referrer' then _campaign_host(o.referrer)
          when 'landing_page' then o.landing_page
          when 'platform' then p.platform
        end, ''
      ) as value,
      count(*) as conversions,
      sum(c.net_revenue) filter (where coalesce(c.currency, v_default) is not distinct from v_main) as revenue
    from campaign_conversions c
    join campaigns p on p.id = c.campaign_id
    left join origins o on o.id = c.visit_id
    where c.campaign_id = any (v_ids)
      and c.converted_at >= v_days.range_from and c.converted_at < v_days.range_until
      and c.cancelled_at is null
    group by 1
  ),
  -- Not a full join: that would not match the unknown of one side with the unknown of the other.
  joined as (
    select t.value, t.visits, t.unique_visitors, 0 as conversions, 0 as revenue from traffic t
    union all
    select s.value, 0, 0, s.conversions, s.revenue from sales s
  ),
  counted as (
    select j.value, sum(j.visits)::bigint as visits, sum(j.unique_visitors)::bigint as unique_visitors,
      sum(j.conversions)::bigint as conversions, coalesce(sum(j.revenue), 0) as revenue
    from joined j
    group by j.value
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
'not known; a conversion has the value of the visit it is credited to, wherever the order came from, and only device, country and platform outlive a '
'visit that was purged. From start_date to end_date, local days of tz, both included; a NULL date is an open end, tz NULL is campaign.timezone. '
'With include_children the whole tree below counts too. unique_visitors are distinct sessions of the value and do not add up. '
'conversion_rate = conversions / visits * 100, NULL without visits. Revenue is net of refunds, without cancelled orders, in the main currency. '
'Errors: no such campaign P0002; NULL id, unknown dimension or time zone, end before start, max_rows below 1 22023.';

revoke all on function campaign_breakdown(uuid, text, date, date, boolean, text, int) from public;
grant execute on function campaign_breakdown(uuid, text, date, date, boolean, text, int) to campaign_analyst;
