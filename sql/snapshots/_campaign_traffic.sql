create function _campaign_traffic(
  campaign_ids uuid[],
  starts timestamptz[],
  until timestamptz,
  with_visitors boolean
)
returns table (campaign_id uuid, bucket integer, visits bigint, audience campaign_audience)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v record := _campaign_cover(starts, until, true);
  v_stale record;
begin
  perform _campaign_check_not_purged(v.raw_starts, v.purged_until);
  select array_agg(s.campaign_id) as ids, array_agg(s.bucket) as buckets, array_agg(s.day) as days, array_agg(s.hour) as hours,
    array_agg(s.starts_at) as starts, array_agg(s.ends_at) as ends
  into v_stale
  from _campaign_stale('visit', campaign_ids, v.folded_until, v.zone, v.days, v.day_buckets, v.hours, v.hour_buckets) s;

  if v.days is not null then
    return query
    select s.campaign_id, d.bucket, s.total_visits, case when with_visitors then s.audience end
    from campaign_analytics_snapshots s
    join unnest(v.days, v.day_buckets) d (day, bucket) on d.day = s.snapshot_date
    where s.campaign_id = any (campaign_ids) and s.snapshot_hour is null
      and s.snapshot_date between v.days[1] and v.days[cardinality(v.days)]
      and s.total_visits > 0
      and (v_stale.ids is null
        or not exists (select from unnest(v_stale.ids, v_stale.days) x (id, day) where x.id = s.campaign_id and x.day = s.snapshot_date));
  end if;
  if v.hours is not null then
    return query
    select s.campaign_id, h.bucket, s.total_visits, case when with_visitors then s.audience end
    from campaign_analytics_snapshots s
    join (
      select u.bucket, u.hour, (u.hour at time zone 'UTC')::date as date, extract(hour from u.hour at time zone 'UTC')::integer as number
      from unnest(v.hours, v.hour_buckets) u (hour, bucket)
    ) h on h.date = s.snapshot_date and h.number = s.snapshot_hour
    where s.campaign_id = any (campaign_ids)
      and s.snapshot_hour = any (array(select distinct extract(hour from u at time zone 'UTC')::integer from unnest(v.hours) u))
      and s.snapshot_date between (v.hours[1] at time zone 'UTC')::date and (v.hours[cardinality(v.hours)] at time zone 'UTC')::date
      and s.total_visits > 0
      and (v_stale.ids is null
        or not exists (select from unnest(v_stale.ids, v_stale.hours) x (id, hour) where x.id = s.campaign_id and x.hour = h.hour));
  end if;
  -- One by one, so that each is planned for the time it takes in.
  for i in 1 .. coalesce(cardinality(v.raw_starts), 0) loop
    return query
    select f.campaign_id, v.raw_buckets[i], count(*), case when with_visitors then campaign_audience_build(f.session_no) end
    from campaign_visits f
    where f.campaign_id = any (campaign_ids) and f.visited_at >= v.raw_starts[i] and f.visited_at < v.raw_ends[i]
      and f.device_type is distinct from 'bot'
    group by f.campaign_id;
  end loop;
  if v_stale.ids is not null then
    return query
    select f.campaign_id, r.bucket, count(*), case when with_visitors then campaign_audience_build(f.session_no) end
    from unnest(v_stale.ids, v_stale.buckets, v_stale.starts, v_stale.ends) r (campaign_id, bucket, starts_at, ends_at)
    join campaign_visits f on f.campaign_id = r.campaign_id and f.visited_at >= r.starts_at and f.visited_at < r.ends_at
    where f.device_type is distinct from 'bot'
    group by f.campaign_id, r.bucket;
  end if;
end
$$;

comment on function _campaign_traffic(uuid[], timestamptz[], timestamptz, boolean) is
'The visits of these campaigns (without bots) by bucket, exact and current: bucket i is starts[i] <= t < starts[i + 1], the last one ends at until. A '
'campaign''s bucket may come in several rows, whose visits add up and whose audiences unite; audience is NULL unless with_visitors. Error 55000 when the range '
'cuts hours whose visits were purged.';

revoke all on function _campaign_traffic(uuid[], timestamptz[], timestamptz, boolean) from public;
