create function _campaign_totals_by(
  keys text[],
  campaign_ids uuid[],
  range_from timestamptz,
  range_until timestamptz,
  with_visitors boolean default true
)
returns table (
  key text,
  campaigns bigint,
  visits bigint,
  unique_visitors bigint,
  conversions bigint,
  conversion_rate numeric,
  currency text,
  revenue numeric,
  average_order_value numeric,
  cost numeric,
  budget numeric,
  profit numeric,
  roi numeric,
  cost_per_visit numeric,
  cost_per_conversion numeric,
  other_currencies jsonb
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
-- A generic plan knows neither the campaigns nor the range, and would be chosen for its low guess at both.
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_main constant text := _campaign_main_currency();
  v_ids constant uuid[] := array(select distinct m from unnest(campaign_ids) m where m is not null);
begin
  return query
  with members as (
    select m.key, m.campaign_id from unnest(keys, campaign_ids) m (key, campaign_id)
  ),
  -- A visitor of two campaigns of a group is one visitor, so uniques are counted per group and never added up.
  traffic as (
    select m.key, sum(f.visits)::bigint as visits,
      case when with_visitors then campaign_audience_count(campaign_audience_union(f.audience)) end as unique_visitors
    from _campaign_traffic(v_ids, array[range_from], range_until, with_visitors) f
    join members m on m.campaign_id = f.campaign_id
    group by m.key
  ),
  sales_by_currency as (
    select m.key, f.currency, sum(f.conversions)::bigint as conversions, sum(f.revenue) as revenue
    from _campaign_sales(v_ids, array[range_from], range_until) f
    join members m on m.campaign_id = f.campaign_id
    group by m.key, f.currency
  ),
  sales as (
    select s.key,
      sum(s.conversions)::bigint as conversions,
      sum(s.conversions) filter (where s.currency is not distinct from v_main) as main_conversions,
      sum(s.revenue) filter (where s.currency is not distinct from v_main) as revenue,
      jsonb_agg(_campaign_currency_entry(s.currency, s.conversions, s.revenue) order by s.currency)
        filter (where s.currency is distinct from v_main) as other_currencies
    from sales_by_currency s
    group by s.key
  ),
  spending as (
    select m.key, count(c.id) as campaigns, coalesce(sum(c.cost), 0) as cost, coalesce(sum(c.budget), 0) as budget
    from members m
    left join campaigns c on c.id = m.campaign_id
    group by m.key
  ),
  counted as (
    select p.key, p.campaigns, p.cost, p.budget,
      coalesce(t.visits, 0) as visits,
      case when with_visitors then coalesce(t.unique_visitors, 0) end as unique_visitors,
      coalesce(s.conversions, 0) as conversions,
      coalesce(s.main_conversions, 0) as main_conversions,
      coalesce(s.revenue, 0) as revenue,
      s.other_currencies
    from spending p
    left join traffic t on t.key = p.key
    left join sales s on s.key = p.key
  )
  select c.key, c.campaigns, c.visits, c.unique_visitors, c.conversions,
    campaign_rate(c.conversions, c.visits),
    v_main,
    round(c.revenue, 2),
    campaign_average(c.revenue, c.main_conversions),
    round(c.cost, 2),
    round(c.budget, 2),
    round(c.revenue - c.cost, 2),
    campaign_return(c.revenue, c.cost),
    campaign_average(c.cost, c.visits),
    campaign_average(c.cost, c.conversions),
    c.other_currencies
  from counted c;
end
$$;

comment on function _campaign_totals_by(text[], uuid[], timestamptz, timestamptz, boolean) is
'The figures of each group of campaigns, one row a key: keys[i] names a group that campaign_ids[i] belongs to. A campaign may be in several groups, and a '
'NULL id makes a group even when no campaign is in it. Visits (without bots) count by visited_at, conversions (not cancelled) by converted_at, both in '
'range_from <= t < range_until. Unique visitors are distinct sessions of the group, NULL unless with_visitors. Revenue is net of refunds and in the main currency; other_currencies '
'holds the others. Cost and budget are the sums over the campaigns, whatever the range. Profit = revenue - cost.';

revoke all on function _campaign_totals_by(text[], uuid[], timestamptz, timestamptz, boolean) from public;
