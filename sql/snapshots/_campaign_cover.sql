create function _campaign_cover(
  starts timestamptz[],
  until timestamptz,
  with_hours boolean,
  out folded_until timestamptz,
  out zone text,
  out days date[],
  out day_buckets integer[],
  out hours timestamptz[],
  out hour_buckets integer[],
  out raw_starts timestamptz[],
  out raw_ends timestamptz[],
  out raw_buckets integer[],
  out purged_until timestamptz
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
declare
  v_first timestamptz;
begin
  select s.until, s.zone, s.purged_until,
    _campaign_day_start(least(s.since, (select (min(m.at) at time zone s.zone)::date from _campaign_snapshot_marks m)), s.zone)
  into folded_until, zone, purged_until, v_first
  from _campaign_snapshot_state s
  where s.until is not null;
  if folded_until is null then
    raw_starts := starts;
    raw_ends := starts[2:] || until;
    raw_buckets := array(select generate_series(1, cardinality(starts)));
    return;
  end if;

  with buckets as (
    select b.number, greatest(b.starts_at, v_first) as starts_at, b.ends_at, least(b.ends_at, folded_until) as folds_at
    from unnest(starts, starts[2:] || until) with ordinality b (starts_at, ends_at, number)
  ),
  -- Whole local days: the day the snapshots end in is as whole as the bucket, when that reaches to their end.
  whole_days as (
    select b.number, b.starts_at, b.folds_at,
      case when _campaign_day_start(l.first_day, zone) < b.starts_at then l.first_day + 1 else l.first_day end as first_day,
      case when b.folds_at = folded_until then l.last_day + 1 else l.last_day end as next_day
    from buckets b
    cross join lateral (
      select (b.starts_at at time zone zone)::date as first_day, (b.folds_at at time zone zone)::date as last_day
    ) l
    where b.starts_at < b.folds_at
  ),
  day_list as (
    select w.number, d.day::date as day
    from whole_days w
    cross join lateral generate_series(w.first_day::timestamp, w.next_day - 1, '1 day') d (day)
    where w.first_day < w.next_day
  ),
  edges as (
    select w.number, w.starts_at, w.folds_at as ends_at from whole_days w where w.first_day >= w.next_day
    union all
    select w.number, w.starts_at, _campaign_day_start(w.first_day, zone) from whole_days w where w.first_day < w.next_day
    union all
    select w.number, _campaign_day_start(w.next_day, zone), w.folds_at from whole_days w
    where w.first_day < w.next_day and w.folds_at < folded_until
  ),
  whole_hours as (
    select e.number, e.starts_at, e.ends_at,
      date_bin('1 hour', e.starts_at + interval '3599999999 microseconds', '2000-01-01 00:00+00') as first_hour,
      date_bin('1 hour', e.ends_at + case when e.ends_at = folded_until then interval '3599999999 microseconds' else '0' end,
        '2000-01-01 00:00+00') as next_hour
    from edges e
    where e.starts_at < e.ends_at and with_hours
  ),
  hour_list as (
    select w.number, h.hour
    from whole_hours w
    cross join lateral generate_series(w.first_hour, w.next_hour - interval '1 hour', '1 hour') h (hour)
    where w.first_hour < w.next_hour
  ),
  raw_list as (
    select e.number, e.starts_at, e.ends_at from edges e where not with_hours
    union all
    select w.number, w.starts_at, w.ends_at from whole_hours w where w.first_hour >= w.next_hour
    union all
    select w.number, w.starts_at, w.first_hour from whole_hours w where w.first_hour < w.next_hour
    union all
    select w.number, w.next_hour, w.ends_at from whole_hours w where w.first_hour < w.next_hour
    union all
    select b.number, greatest(b.starts_at, folded_until), b.ends_at from buckets b where b.ends_at > folded_until
  )
  select
    (select array_agg(d.day order by d.day) from day_list d),
    (select array_agg(d.number order by d.day) from day_list d),
    (select array_agg(h.hour order by h.hour) from hour_list h),
    (select array_agg(h.number order by h.hour) from hour_list h),
    (select array_agg(r.starts_at order by r.starts_at) from raw_list r where r.starts_at < r.ends_at),
    (select array_agg(r.ends_at order by r.starts_at) from raw_list r where r.starts_at < r.ends_at),
    (select array_agg(r.number order by r.starts_at) from raw_list r where r.starts_at < r.ends_at)
  into days, day_buckets, hours, hour_buckets, raw_starts, raw_ends, raw_buckets;
end
$$;

comment on function _campaign_cover(timestamptz[], timestamptz, boolean) is
'How to count buckets exactly: bucket i is starts[i] <= t < starts[i + 1], the last one ends at until. Each moment of them is covered once: by a daily row '
'(days), an hourly row of UTC (hours; only with_hours), or the facts themselves (raw_starts <= t < raw_ends), each with its bucket. Rows hold what was before '
'folded_until; all is raw when that is NULL. Marks come on top: who reads the rows leaves out those that are marked, and counts their facts.';

revoke all on function _campaign_cover(timestamptz[], timestamptz, boolean) from public;
