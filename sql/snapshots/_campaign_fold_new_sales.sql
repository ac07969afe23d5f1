create function _campaign_fold_new_sales(
  campaign_ids uuid[],
  marks bigint[],
  range_from timestamptz,
  range_until timestamptz,
  zone text
)
returns bigint
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_new bigint;
  v_buckets record;
begin
  with new_moments as (
    select c.campaign_id, date_bin('15 minutes', c.converted_at, '2000-01-01 00:00+00') as at, count(*) as conversions
    from campaign_conversions c
    where c.campaign_id = any (campaign_ids) and c.converted_at >= range_from and c.converted_at < range_until
    group by 1, 2
  ),
  moments as materialized (
    select n.campaign_id, n.at from new_moments n
    union
    select m.campaign_id, m.at
    from _campaign_snapshot_marks m
    where m.id = any (marks) and m.fact = 'conversion' and m.at < range_until
  ),
  hours as (
    select distinct m.campaign_id, date_bin('1 hour', m.at, '2000-01-01 00:00+00') as starts_at from moments m
  ),
  days as (
    select distinct m.campaign_id, (m.at at time zone _campaign_fold_new_sales.zone)::date as day from moments m
  ),
  buckets as (
    select h.campaign_id, (h.starts_at at time zone 'UTC')::date as date, extract(hour from h.starts_at at time zone 'UTC')::integer as hour,
      h.starts_at, least(h.starts_at + interval '1 hour', range_until) as ends_at
    from hours h
    union all
    select d.campaign_id, d.day, null, _campaign_day_start(d.day, _campaign_fold_new_sales.zone),
      least(_campaign_day_start(d.day + 1, _campaign_fold_new_sales.zone), range_until)
    from days d
  )
  select array_agg(b.campaign_id) as ids, array_agg(b.date) as dates, array_agg(b.hour) as hours,
    array_agg(b.starts_at) as starts, array_agg(b.ends_at) as ends,
    (select sum(n.conversions) from new_moments n) as new_conversions
  into v_buckets
  from buckets b;
  if v_buckets.ids is not null then
    perform _campaign_fold_sales(v_buckets.ids, v_buckets.dates, v_buckets.hours, v_buckets.starts, v_buckets.ends);
  end if;
  return coalesce(v_buckets.new_conversions, 0);
end
$$;

comment on function _campaign_fold_new_sales(uuid[], bigint[], timestamptz, timestamptz, text) is
'Counts the conversions of every hour, and of every local day of the zone, that has one in range_from <= t < range_until or a mark; returns how many of the former '
'there are.';

revoke all on function _campaign_fold_new_sales(uuid[], bigint[], timestamptz, timestamptz, text) from public;
