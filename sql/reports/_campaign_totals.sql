create function _campaign_totals(
  roots uuid[],
  include_children boolean,
  range_from timestamptz,
  range_until timestamptz
)
returns table (
  campaign_id uuid,
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
as $$
#variable_conflict use_column
declare
  v_roots uuid[];
  v_members uuid[];
  v_main text := _campaign_main_currency();
  v_default text := upper(_campaign_setting('currency'));
begin
  select array_agg(m.root_id), array_agg(m.member_id)
  into v_roots, v_members
  from _campaign_members(roots, include_children) m;

  return query
  with members as (
    select m.root_id, m.member_id from unnest(v_roots, v_members) m (root_id, member_id)
  ),
  -- A visitor of two campaigns of a tree is one visitor, so uniques are counted per root and never added up.
  sessions as (
    select m.root_id, v.session_no, count(*) as visits
    from campaign_visits v
    join members m on m.member_id = v.campaign_id
    where v.campaign_id = any (v_members)
      and v.visited_at >= range_from and v.visited_at < range_until
      and v.device_type is distinct from 'bot'
    group by m.root_id, v.session_no
  ),
  traffic as (
    select s.root_id, sum(s.visits)::bigint as visits, count(*) as unique_visitors
    from sessions s
    group by s.root_id
  ),
  sales_by_currency as (
    select m.root_id, coalesce(c.currency, v_default) as currency, count(*) as conversions, sum(c.net_revenue) as revenue
    from campaign_conversions c
    join members m on m.member_id = c.campaign_id
    where c.campaign_id = any (v_members)
      and c.converted_at >= range_from and c.converted_at < range_until
      and c.cancelled_at is null
    group by m.root_id, coalesce(c.currency, v_default)
  ),
  sales as (
    select s.root_id,
      sum(s.conversions)::bigint as conversions,
      sum(s.conversions) filter (where s.currency is not distinct from v_main) as main_conversions,
      sum(s.revenue) filter (where s.currency is not distinct from v_main) as revenue,
      jsonb_agg(_campaign_currency_entry(s.currency, s.conversions, s.revenue) order by s.currency)
        filter (where s.currency is distinct from v_main) as other_currencies
    from sales_by_currency s
    group by s.root_id
  ),
  spending as (
    select m.root_id, sum(c.cost) as cost,
      coalesce(nullif(sum(c.budget) filter (where m.member_id = m.root_id), 0), sum(c.budget)) as budget
    from members m
    join campaigns c on c.id = m.member_id
    group by m.root_id
  ),
  counted as (
    select p.root_id, p.cost, p.budget,
      coalesce(t.visits, 0) as visits,
      coalesce(t.unique_visitors, 0) as unique_visitors,
      coalesce(s.conversions, 0) as conversions,
      coalesce(s.main_conversions, 0) as main_conversions,
      coalesce(s.revenue, 0) as revenue,
      s.other_currencies
    from spending p
    left join traffic t on t.root_id = p.root_id
    left join sales s on s.root_id = p.root_id
  )
  select c.root_id, c.visits, c.unique_visitors, c.conversions,
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

comment on function _campaign_totals(uuid[], boolean, timestamptz, timestamptz) is
'The figures of each root campaign, alone or with its whole tree: the one place where reports count and derive them. Visits (without bots) count by '
'visited_at, conversions (not cancelled) by converted_at, both in range_from <= t < range_until. Unique visitors are distinct sessions '
'over the whole tree. Revenue is net of refunds and in the main currency; other_currencies holds the others. Cost and budget are those of the '
'campaigns, whatever the range; the budget of a tree is its root''s own, else the sum over the tree. Profit = revenue - cost.';

revoke all on function _campaign_totals(uuid[], boolean, timestamptz, timestamptz) from public;
