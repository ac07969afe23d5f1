create function campaign_leaderboard(
  metric text default 'roi',
  max_rows integer default 10,
  start_date date default null,
  end_date date default null,
  platform text default null,
  minimum_visits bigint default 0,
  tz text default null,
  include_children boolean default false
)
returns table (
  rank bigint,
  campaign_id uuid,
  name text,
  tracking_code text,
  platform text,
  campaign_type text,
  currency text,
  cost numeric,
  revenue numeric,
  profit numeric,
  roi numeric,
  visits bigint,
  unique_visitors bigint,
  conversions bigint,
  conversion_rate numeric,
  average_order_value numeric,
  cost_per_conversion numeric,
  other_currencies jsonb
)
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set jit = off
as $$
  with asked as materialized (
    select d.range_from, d.range_until, max_rows as rows_asked,
      _campaign_check_leaderboard(metric, max_rows, platform, minimum_visits) as metric
    from _campaign_days(start_date, end_date, tz) d
  ),
  running as (
    select a.metric, c.id, c.name, c.tracking_code, c.platform, c.campaign_type, t.*
    from asked a
    cross join lateral _campaign_totals(
      array(
        select c.id
        from campaigns c
        where (campaign_leaderboard.platform is null or c.platform = campaign_leaderboard.platform)
          -- Whole trees compete with whole trees, so that no figure counts twice.
          and (not include_children or c.parent_campaign_id is null)
      ),
      include_children, a.range_from, a.range_until, a.metric = 'visitors'
    ) t
    join campaigns c on c.id = t.campaign_id
    where t.visits >= minimum_visits
      -- A parent that only holds others together does not compete with what it holds.
      and (
        include_children or t.visits > 0 or t.conversions > 0
        or not exists (select from campaigns child where child.parent_campaign_id = c.id)
      )
  ),
  measured as (
    select r.*,
      case r.metric
        when 'roi' then r.roi
        when 'revenue' then r.revenue
        when 'conversions' then r.conversions
        when 'visits' then r.visits
        when 'visitors' then r.unique_visitors
        when 'conversion_rate' then r.conversion_rate
        when 'average_order_value' then r.average_order_value
        when 'profit' then r.profit
        when 'cost_per_conversion' then -r.cost_per_conversion
      end as merit
    from running r
  ),
  ranked as materialized (
    select rank() over (order by m.merit desc nulls last) as rank, row_number() over w as place, m.*
    from measured m
    window w as (order by m.merit desc nulls last, m.revenue desc, m.name, m.id)
    order by place
    -- Read from where it was checked: a limit of 0 would end the query before anything is.
    limit (select a.rows_asked from asked a)
  ),
  -- Who the visitors were is worked out for those that made it only.
  visitors as (
    select t.campaign_id, t.unique_visitors
    from asked a
    cross join lateral _campaign_totals(array(select r.id from ranked r), include_children, a.range_from, a.range_until) t
    where a.metric <> 'visitors'
  )
  select r.rank, r.id, r.name, r.tracking_code, r.platform, r.campaign_type,
    r.currency, r.cost, r.revenue, r.profit, r.roi, r.visits, coalesce(v.unique_visitors, r.unique_visitors), r.conversions,
    r.conversion_rate, r.average_order_value, r.cost_per_conversion, r.other_currencies
  from ranked r
  left join visitors v on v.campaign_id = r.id
  order by r.place;
$$;

comment on function campaign_leaderboard(text, integer, date, date, text, bigint, text, boolean) is
'The best campaigns by one figure, best first, at most max_rows (1 to 1000). metric: roi, revenue, conversions, visits, visitors (unique), conversion_rate, '
'average_order_value (or aov), profit: more is better; cost_per_conversion: less is better. Campaigns with the same figure, as shown with its 2 decimals, '
'share a rank and the next rank is skipped (1, 2, 2, 4); they are listed by revenue, highest first, then by name and id. A campaign whose figure is NULL '
'(it would divide by 0) comes last; all of these share one rank. platform: only campaigns of that one; NULL is all. minimum_visits (0 or more) leaves out '
'campaigns with fewer visits. A parent that had neither a visit nor a conversion of its own in the range is left out, so that posts compete with posts. With '
'include_children it is the campaigns without a parent that compete, each with its whole tree. From start_date to end_date, local days of tz, '
'both included; a NULL date is an open end, tz NULL is campaign.timezone. roi = (revenue - cost) / cost * 100; conversion_rate = conversions / visits * 100; '
'average_order_value = revenue / conversions of that currency; cost_per_conversion = cost / conversions; profit = revenue - cost. Revenue is net of refunds, '
'without cancelled orders, in the currency column''s currency, and only that competes; other_currencies: array of {currency, conversions, revenue, '
'average_order_value}, or NULL. Errors: unknown metric, platform or time zone, end before start, max_rows or minimum_visits out of range 22023.';

revoke all on function campaign_leaderboard(text, integer, date, date, text, bigint, text, boolean) from public;
grant execute on function campaign_leaderboard(text, integer, date, date, text, bigint, text, boolean) to campaign_analyst;
