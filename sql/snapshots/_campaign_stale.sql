create function _campaign_stale(
  fact text,
  campaign_ids uuid[],
  folded_until timestamptz,
  zone text,
  days date[],
  day_buckets integer[],
  hours timestamptz[],
  hour_buckets integer[]
)
returns table (campaign_id uuid, bucket integer, day date, hour timestamptz, starts_at timestamptz, ends_at timestamptz)
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
set max_parallel_workers_per_gather = 0
as $$
  with marks as materialized (
    select m.campaign_id, m.at
    from _campaign_snapshot_marks m
    where m.fact = _campaign_stale.fact and m.at < folded_until and m.campaign_id = any (campaign_ids)
  )
  select distinct m.campaign_id, d.bucket, d.day, null::timestamptz,
    _campaign_day_start(d.day, zone), least(_campaign_day_start(d.day + 1, zone), folded_until)
  from marks m
  join unnest(days, day_buckets) d (day, bucket) on d.day = (m.at at time zone zone)::date
  union all
  select distinct m.campaign_id, h.bucket, null::date, h.hour, h.hour, least(h.hour + interval '1 hour', folded_until)
  from marks m
  join unnest(hours, hour_buckets) h (hour, bucket) on h.hour = date_bin('1 hour', m.at, '2000-01-01 00:00+00');
$$;

comment on function _campaign_stale(text, uuid[], timestamptz, text, date[], integer[], timestamptz[], integer[]) is
'Which rows of a cover (_campaign_cover) do not hold because of marks on visits or conversions (fact), and the stretch of facts to count in their stead: one '
'row each, with day or with hour.';

revoke all on function _campaign_stale(text, uuid[], timestamptz, text, date[], integer[], timestamptz[], integer[]) from public;
