create function _campaign_parts(
  campaign_ids uuid[],
  dimension campaign_dimension,
  range_from timestamptz,
  range_until timestamptz,
  with_visitors boolean
)
returns table (value text, visits bigint, audience campaign_audience, currency text, conversions bigint, revenue numeric)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v record := _campaign_cover(array[range_from], range_until, false);
  v_default constant text := _campaign_setting('currency');
  v_stale record;
begin
  perform _campaign_check_not_purged(v.raw_starts, v.purged_until);

  select array_agg(s.campaign_id) as ids, array_agg(s.day) as days, array_agg(s.starts_at) as starts, array_agg(s.ends_at) as ends
  into v_stale
  from _campaign_stale('visit', campaign_ids, v.folded_until, v.zone, v.days, v.day_buckets, null, null) s;
  return query
  select u.value, u.visits, case when with_visitors then b.audiences[u.place] end, null::text, null::bigint, null::numeric
  from campaign_breakdown_snapshots b
  cross join lateral unnest(b.visit_values, b.visits) with ordinality u (value, visits, place)
  where b.campaign_id = any (campaign_ids) and b.dimension = _campaign_parts.dimension
    and b.snapshot_date between v.days[1] and v.days[cardinality(v.days)] and b.snapshot_date = any (v.days)
    and (v_stale.ids is null
      or not exists (select from unnest(v_stale.ids, v_stale.days) x (id, day) where x.id = b.campaign_id and x.day = b.snapshot_date));
  -- One by one, so that each is planned for the time it takes in.
  for i in 1 .. coalesce(cardinality(v.raw_starts), 0) loop
    return query
    select p.value, count(*), case when with_visitors then campaign_audience_build(f.session_no) end, null::text, null::bigint, null::numeric
    from campaign_visits f
    cross join lateral (
      select nullif(_campaign_value(_campaign_parts.dimension, f.device_type, f.country, f.city, f.referrer, f.landing_page), '') as value
    ) p
    where f.campaign_id = any (campaign_ids) and f.visited_at >= v.raw_starts[i] and f.visited_at < v.raw_ends[i]
      and f.device_type is distinct from 'bot'
    group by p.value;
  end loop;
  if v_stale.ids is not null then
    return query
    select p.value, count(*), case when with_visitors then campaign_audience_build(f.session_no) end, null::text, null::bigint, null::numeric
    from unnest(v_stale.ids, v_stale.starts, v_stale.ends) r (campaign_id, starts_at, ends_at)
    join campaign_visits f on f.campaign_id = r.campaign_id and f.visited_at >= r.starts_at and f.visited_at < r.ends_at
    cross join lateral (
      select nullif(_campaign_value(_campaign_parts.dimension, f.device_type, f.country, f.city, f.referrer, f.landing_page), '') as value
    ) p
    where f.device_type is distinct from 'bot'
    group by p.value;
  end if;

  select array_agg(s.campaign_id) as ids, array_agg(s.day) as days, array_agg(s.starts_at) as starts, array_agg(s.ends_at) as ends
  into v_stale
  from _campaign_stale('conversion', campaign_ids, v.folded_until, v.zone, v.days, v.day_buckets, null, null) s;
  return query
  select u.value, null::bigint, null::campaign_audience, coalesce(u.currency, v_default), u.conversions, u.revenue
  from campaign_breakdown_snapshots b
  cross join lateral unnest(b.sale_values, b.sale_currencies, b.sale_conversions, b.sale_revenue) u (value, currency, conversions, revenue)
  where b.campaign_id = any (campaign_ids) and b.dimension = _campaign_parts.dimension
    and b.snapshot_date between v.days[1] and v.days[cardinality(v.days)] and b.snapshot_date = any (v.days)
    and b.sale_values is not null
    and (v_stale.ids is null
      or not exists (select from unnest(v_stale.ids, v_stale.days) x (id, day) where x.id = b.campaign_id and x.day = b.snapshot_date));
  return query
  with facts as (
    select c.device_type, c.country, c.session_id, c.visit_id, c.currency, c.net_revenue
    from unnest(v.raw_starts, v.raw_ends) r (starts_at, ends_at)
    join campaign_conversions c on c.converted_at >= r.starts_at and c.converted_at < r.ends_at
    where c.campaign_id = any (campaign_ids) and c.cancelled_at is null
    union all
    select c.device_type, c.country, c.session_id, c.visit_id, c.currency, c.net_revenue
    from unnest(v_stale.ids, v_stale.starts, v_stale.ends) r (campaign_id, starts_at, ends_at)
    join campaign_conversions c on c.campaign_id = r.campaign_id and c.converted_at >= r.starts_at and c.converted_at < r.ends_at
    where c.cancelled_at is null
  ),
  -- Conversions carry their device and country; the rest is known only to the visit.
  valued as (
    select nullif(_campaign_value(_campaign_parts.dimension, f.device_type, f.country, v.city, v.referrer, v.landing_page), '') as value,
      f.currency, f.net_revenue
    from facts f
    left join campaign_visits v
      on _campaign_parts.dimension in ('city', 'referrer', 'landing_page') and v.session_id = f.session_id and v.id = f.visit_id
  )
  select f.value, null::bigint, null::campaign_audience, coalesce(f.currency, v_default), count(*), sum(f.net_revenue)
  from valued f
  group by f.value, coalesce(f.currency, v_default);
end
$$;

comment on function _campaign_parts(uuid[], campaign_dimension, timestamptz, timestamptz, boolean) is
'The visits (without bots) and conversions (not cancelled) of these campaigns in range_from <= t < range_until by value of a dimension, exact and current; value is '
'NULL for what is not known. Rows tell either visits (with audience, unless not with_visitors) or conversions (with currency and net revenue); several rows of a '
'value add up. Error 55000 when the range cuts days whose visits were purged.';

revoke all on function _campaign_parts(uuid[], campaign_dimension, timestamptz, timestamptz, boolean) from public;
