create function _campaign_fold_sales(
  campaign_ids uuid[],
  dates date[],
  hours integer[],
  starts timestamptz[],
  ends timestamptz[]
)
returns void
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_main text := _campaign_main_currency();
begin
  with buckets as materialized (
    select b.campaign_id, b.date, b.hour, b.starts_at, b.ends_at
    from unnest(campaign_ids, dates, hours, starts, ends) b (campaign_id, date, hour, starts_at, ends_at)
  ),
  by_currency as (
    select b.campaign_id, b.date, b.hour, c.currency, count(c.id) as conversions, sum(c.net_revenue) as revenue
    from buckets b
    left join campaign_conversions c
      on c.campaign_id = b.campaign_id and c.converted_at >= b.starts_at and c.converted_at < b.ends_at and c.cancelled_at is null
    group by b.campaign_id, b.date, b.hour, c.currency
  ),
  sums as (
    select s.campaign_id, s.date, s.hour,
      sum(s.conversions)::bigint as conversions,
      coalesce(sum(s.conversions) filter (where s.currency is not distinct from v_main), 0)::bigint as main_conversions,
      coalesce(sum(s.revenue) filter (where s.currency is not distinct from v_main), 0) as main_revenue,
      jsonb_agg(jsonb_build_object('currency', s.currency, 'conversions', s.conversions, 'revenue', s.revenue) order by s.currency)
        filter (where s.currency is distinct from v_main and s.conversions > 0) as others
    from by_currency s
    group by s.campaign_id, s.date, s.hour
  ),
  emptied as (
    update campaign_analytics_snapshots s
    set total_conversions = 0, currency = v_main, currency_conversions = 0, total_revenue = 0, other_currencies = null,
      roi = campaign_return(0, p.cost)
    from sums n
    join campaigns p on p.id = n.campaign_id
    where n.conversions = 0
      and s.campaign_id = n.campaign_id and s.snapshot_date = n.date and s.snapshot_hour is not distinct from n.hour
  )
  insert into campaign_analytics_snapshots as s
    (campaign_id, snapshot_date, snapshot_hour, total_conversions, currency, currency_conversions, total_revenue, other_currencies, roi)
  select n.campaign_id, n.date, n.hour, n.conversions, v_main, n.main_conversions, n.main_revenue, n.others,
    campaign_return(n.main_revenue, p.cost)
  from sums n
  join campaigns p on p.id = n.campaign_id
  where n.conversions > 0
  on conflict (campaign_id, snapshot_hour, snapshot_date) do update
    set total_conversions = excluded.total_conversions, currency = excluded.currency,
      currency_conversions = excluded.currency_conversions, total_revenue = excluded.total_revenue,
      other_currencies = excluded.other_currencies, roi = excluded.roi;

  with days as materialized (
    select b.campaign_id, b.date, b.starts_at, b.ends_at
    from unnest(campaign_ids, dates, hours, starts, ends) b (campaign_id, date, hour, starts_at, ends_at)
    where b.hour is null
  ),
  emptied as (
    update campaign_breakdown_snapshots b
    set sale_values = null, sale_currencies = null, sale_conversions = null, sale_revenue = null
    from days d
    where b.campaign_id = d.campaign_id and b.snapshot_date = d.date and b.sale_values is not null
      and not exists (
        select from campaign_conversions c
        where c.campaign_id = d.campaign_id and c.converted_at >= d.starts_at and c.converted_at < d.ends_at and c.cancelled_at is null
      )
  ),
  sums as (
    select d.campaign_id, p.dimension, d.date, nullif(p.value, '') as value, c.currency,
      count(*) as conversions, sum(c.net_revenue) as revenue
    from days d
    join campaign_conversions c
      on c.campaign_id = d.campaign_id and c.converted_at >= d.starts_at and c.converted_at < d.ends_at and c.cancelled_at is null
    left join campaign_visits v on v.session_id = c.session_id and v.id = c.visit_id
    cross join lateral (values
      ('device'::campaign_dimension, c.device_type),
      ('country', c.country),
      ('city', v.city),
      ('referrer', _campaign_host(v.referrer)),
      ('landing_page', v.landing_page)
    ) p (dimension, value)
    group by d.campaign_id, p.dimension, d.date, nullif(p.value, ''), c.currency
  )
  insert into campaign_breakdown_snapshots as b
    (campaign_id, dimension, snapshot_date, sale_values, sale_currencies, sale_conversions, sale_revenue)
  select s.campaign_id, s.dimension, s.date, array_agg(s.value), array_agg(s.currency), array_agg(s.conversions), array_agg(s.revenue)
  from sums s
  group by s.campaign_id, s.dimension, s.date
  on conflict (campaign_id, dimension, snapshot_date) do update
    set sale_values = excluded.sale_values, sale_currencies = excluded.sale_currencies,
      sale_conversions = excluded.sale_conversions, sale_revenue = excluded.sale_revenue;
end
$$;

comment on function _campaign_fold_sales(uuid[], date[], integer[], timestamptz[], timestamptz[]) is
'Counts the conversions of some buckets anew: campaign_ids[i] on dates[i] at hours[i] of UTC, or, where hours[i] is NULL, the local day with its breakdowns; '
'the bucket is starts[i] <= t < ends[i].';

revoke all on function _campaign_fold_sales(uuid[], date[], integer[], timestamptz[], timestamptz[]) from public;
