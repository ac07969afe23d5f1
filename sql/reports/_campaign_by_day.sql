create function _campaign_by_day(campaign_ids uuid[], dates date[], starts timestamptz[], until timestamptz)
returns jsonb
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set jit = off
as $$
  with traffic as (
    select f.bucket, sum(f.visits) as visits
    from _campaign_traffic(campaign_ids, starts, until, false) f
    group by f.bucket
  ),
  sales as (
    select f.bucket, sum(f.conversions) as conversions, sum(f.revenue) filter (where f.currency is not distinct from m.currency) as revenue
    from _campaign_sales(campaign_ids, starts, until) f
    cross join (select _campaign_main_currency() as currency) m
    group by f.bucket
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'date', b.day,
    'visits', coalesce(t.visits, 0),
    'conversions', coalesce(s.conversions, 0),
    'revenue', round(coalesce(s.revenue, 0), 2)
  ) order by b.number), '[]')
  from unnest(dates) with ordinality b (day, number)
  left join traffic t on t.bucket = b.number
  left join sales s on s.bucket = b.number;
$$;

comment on function _campaign_by_day(uuid[], date[], timestamptz[], timestamptz) is
'How documents show days: [{date, visits, conversions, revenue}], zeros included; day i is dates[i], starts[i] <= t < starts[i + 1], the last one ends at until. '
'Revenue is net, in the main currency.';

revoke all on function _campaign_by_day(uuid[], date[], timestamptz[], timestamptz) from public;
