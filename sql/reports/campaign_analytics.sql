create function campaign_analytics(
  campaign_id uuid,
  start_date date default null,
  end_date date default null,
  include_children boolean default false,
  tz text default null
)
returns jsonb
language plpgsql stable parallel unsafe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_root uuid := campaign_analytics.campaign_id;
  v_ids uuid[] := _campaign_covered(v_root, include_children);
  v_days record := _campaign_days(start_date, end_date, tz);
  v_buckets record := _campaign_buckets(v_ids, start_date, end_date, tz, 'day');
  v_main text := _campaign_main_currency();
  v_starts timestamptz[] := _campaign_starts(v_buckets.starts, v_days.range_from);
  v_head jsonb;
  v_products jsonb;
  v_tables jsonb;
begin
  with shown as (
    select c.id from campaigns c where c.id = v_root or (include_children and c.parent_campaign_id = v_root)
  ),
  totals as materialized (
    select c.name, c.tracking_code, c.platform, c.parent_campaign_id, c.id <> v_root as is_child, t.*
    from _campaign_totals(array(select s.id from shown s), include_children, v_days.range_from, v_days.range_until) t
    join campaigns c on c.id = t.campaign_id
  ),
  children as (
    select count(*) as number,
      jsonb_agg(jsonb_build_object(
        'id', t.campaign_id,
        'name', t.name,
        'tracking_code', t.tracking_code,
        'platform', t.platform,
        'cost', t.cost,
        'visits', t.visits,
        'unique_visitors', t.unique_visitors,
        'conversions', t.conversions,
        'conversion_rate', t.conversion_rate,
        'revenue', t.revenue,
        'roi', t.roi
      ) order by t.revenue desc, t.visits desc, t.name, t.campaign_id) as list
    from totals t
    where t.is_child
  )
  select jsonb_build_object(
      'campaign', case
        when include_children then jsonb_build_object(
          'id', t.campaign_id,
          'name', t.name,
          'total_budget', t.budget,
          'total_cost', t.cost,
          'child_count', c.number
        )
        else _campaign_label(t.campaign_id, t.name, t.tracking_code, t.platform) || jsonb_build_object(
          'cost', t.cost,
          'budget', t.budget,
          'parent_campaign', case when p.id is not null then jsonb_build_object('id', p.id, 'name', p.name) end
        )
      end,
      'metrics', jsonb_build_object(
        'total_visits', t.visits,
        'unique_visitors', t.unique_visitors,
        'total_conversions', t.conversions,
        'conversion_rate', t.conversion_rate,
        'currency', t.currency,
        'total_revenue', t.revenue,
        'average_order_value', t.average_order_value,
        'profit', t.profit,
        'roi', t.roi,
        'cost_per_visit', t.cost_per_visit,
        'cost_per_conversion', t.cost_per_conversion,
        'other_currencies', t.other_currencies
      )
    ) || case when include_children then jsonb_build_object('children', coalesce(c.list, '[]')) else '{}' end
  into v_head
  from totals t
  cross join children c
  left join campaigns p on p.id = t.parent_campaign_id
  where not t.is_child;

  select coalesce(jsonb_agg(to_jsonb(p)), '[]')
  into v_products
  from campaign_products(v_root, start_date, end_date, include_children, tz) p;

  with devices as (
    select coalesce(jsonb_agg(jsonb_build_object(
      'device_type', d.value, 'visits', d.visits, 'conversions', d.conversions
    ) order by d.visits desc, d.conversions desc, d.value), '[]') as list
    from (
      select coalesce(p.value, 'unknown') as value, coalesce(sum(p.visits), 0) as visits, coalesce(sum(p.conversions), 0) as conversions
      from _campaign_parts(v_ids, 'device', v_days.range_from, v_days.range_until, false) p
      group by coalesce(p.value, 'unknown')
    ) d
  ),
  countries as (
    select coalesce(jsonb_agg(jsonb_build_object(
      'country', g.value, 'visits', g.visits, 'conversions', g.conversions, 'revenue', round(g.revenue, 2)
    ) order by g.visits desc, g.conversions desc, g.value), '[]') as list
    from (
      select coalesce(p.value, 'unknown') as value, coalesce(sum(p.visits), 0) as visits, coalesce(sum(p.conversions), 0) as conversions,
        coalesce(sum(p.revenue) filter (where p.currency is not distinct from v_main), 0) as revenue
      from _campaign_parts(v_ids, 'country', v_days.range_from, v_days.range_until, false) p
      group by coalesce(p.value, 'unknown')
    ) g
  ),
  platforms as (
    select coalesce(jsonb_agg(jsonb_build_object(
      'platform', t.key, 'visits', t.visits, 'conversions', t.conversions, 'revenue', t.revenue
    ) order by t.revenue desc, t.visits desc, t.key), '[]') as list
    from (
      select array_agg(c.platform) as platforms, array_agg(c.id) as ids from campaigns c where include_children and c.id = any (v_ids)
    ) l
    cross join lateral _campaign_totals_by(l.platforms, l.ids, v_days.range_from, v_days.range_until, false) t
    where t.visits > 0 or t.conversions > 0
  )
  select jsonb_build_object(
      'timeline', _campaign_by_day(v_ids, v_buckets.dates, v_starts, v_days.range_until), 'top_products', v_products, 'device_breakdown', d.list, 'geographic_breakdown', g.list
    ) || case when include_children then jsonb_build_object('platform_breakdown', f.list) else '{}' end
  into v_tables
  from devices d, countries g, platforms f;

  return v_head || v_tables;
end
$$;

comment on function campaign_analytics(uuid, date, date, boolean, text) is
'Everything about one campaign as one document: campaign, metrics, timeline (by the day, zeros included), top_products (10), device_breakdown, '
'geographic_breakdown; with include_children also children (the direct ones, each with its own tree, highest revenue first) and platform_breakdown, and '
'every figure covers the whole tree, each visitor counted once. total_budget is the campaign''s own budget when it has one, else the sum over the tree; '
'total_cost the sum over the tree; child_count the direct children. Figures are those of campaign_metrics, money has 2 decimals, an unknown device or country '
'is "unknown", lists without elements are empty. From start_date to end_date, local days of tz, both included; a NULL date is an open end, tz NULL is '
'campaign.timezone. Errors: no such campaign P0002; NULL id, unknown time zone, end before start, more than 100000 days 22023.';

revoke all on function campaign_analytics(uuid, date, date, boolean, text) from public;
grant execute on function campaign_analytics(uuid, date, date, boolean, text) to campaign_analyst;
