create function campaign_overview(
  start_date date default null,
  end_date date default null,
  tz text default null
)
returns jsonb
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
  v_days record := _campaign_days(start_date, end_date, tz);
  v_ids uuid[] := array(select c.id from campaigns c);
  v_buckets record := _campaign_buckets(v_ids, start_date, end_date, tz, 'day');
  v_starts timestamptz[] := _campaign_starts(v_buckets.starts, v_days.range_from);
  v_head jsonb;
  v_top jsonb;
begin
  with listed as (
    select array_agg(c.platform) as platforms, array_agg(c.id) as ids from campaigns c
  ),
  -- One pass for the platforms and for all of them together; the NULL keeps the figures at 0 while there is no campaign.
  totals as materialized (
    select t.*
    from listed l
    cross join lateral _campaign_totals_by(
      l.platforms || array_fill('all'::text, array[coalesce(cardinality(l.ids), 0) + 1]), l.ids || l.ids || null::uuid,
      v_days.range_from, v_days.range_until
    ) t
  )
  select jsonb_build_object(
      'range', jsonb_build_object('start_date', start_date, 'end_date', end_date, 'tz', v_days.zone),
      'campaigns', jsonb_build_object(
        'total', t.campaigns,
        'active', (select count(*) from campaigns c where c.is_active),
        'total_cost', t.cost
      ),
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
      ),
      'platforms', (
        select coalesce(jsonb_agg(to_jsonb(r) order by r.revenue desc, r.visits desc, r.platform collate "C"), '[]')
        from (
          select p.key as platform, p.campaigns, p.visits, p.unique_visitors, p.conversions, p.conversion_rate, p.revenue,
            p.average_order_value, p.cost, p.roi, p.currency, p.other_currencies
          from totals p
          where p.key <> 'all'
        ) r
      )
    )
  into v_head
  from totals t
  where t.key = 'all';

  select coalesce(jsonb_agg(to_jsonb(l)), '[]')
  into v_top
  from campaign_leaderboard('revenue', 5, start_date, end_date, tz => tz) l;

  return v_head || jsonb_build_object('timeline', _campaign_by_day(v_ids, v_buckets.dates, v_starts, v_days.range_until), 'top_campaigns', v_top);
end
$$;

comment on function campaign_overview(date, date, text) is
'All campaigns together as one document: range {start_date, end_date, tz} as asked, open ends null; campaigns {total, active, total_cost}, of today '
'whatever the range; metrics as in campaign_analytics, each visitor counted once; timeline (by the day, zeros included: {date, visits, conversions, '
'revenue}); platforms (the rows of campaign_platforms); top_campaigns (the first 5 rows of campaign_leaderboard by revenue). Money has 2 decimals and is in '
'the main currency, rates are percentages and null where they would divide by 0, lists without elements are empty. From start_date to end_date, local days '
'of tz, both included; a NULL date is an open end, and the timeline then begins or ends with the first or last record; tz NULL is campaign.timezone. '
'Errors: unknown time zone, end before start, more than 100000 days 22023.';

revoke all on function campaign_overview(date, date, text) from public;
grant execute on function campaign_overview(date, date, text) to campaign_analyst;
