create function _campaign_buckets(
  campaign_ids uuid[],
  start_date date,
  end_date date,
  tz text,
  granularity text,
  out starts timestamptz[],
  out dates date[]
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
declare
  v_days record;
  v_first_at timestamptz;
  v_last_at timestamptz;
  v_first timestamp;
  v_last timestamp;
  v_by_hour boolean := granularity = 'hour';
begin
  if granularity is null or granularity not in ('hour', 'day', 'week', 'month') then
    raise exception using errcode = '22023', message = format('unknown granularity %s', coalesce(quote_literal(granularity), 'NULL')),
      hint = 'Use hour, day, week or month.';
  end if;

  v_days := _campaign_days(start_date, end_date, tz);
  if start_date is null or end_date is null then
    select r.first_at, r.last_at
    into v_first_at, v_last_at
    from _campaign_recorded(campaign_ids, v_days.range_from, v_days.range_until) r;
  end if;
  v_first := coalesce(start_date, (v_first_at at time zone v_days.zone)::date);
  v_last := coalesce(end_date, (v_last_at at time zone v_days.zone)::date);

  if v_last - v_first > (case when v_by_hour then interval '4000 days' else interval '100000 days' end) then
    raise exception using errcode = '22023',
      message = format('%s to %s is too long for a timeline by the %s', v_first::date, v_last::date, granularity),
      hint = 'Use a coarser granularity or a shorter range.';
  end if;

  -- A day that a zone skipped (Apia, 2011-12-30) starts when the next one does, and has no bucket.
  with days as (
    select d.day::date as day
    from generate_series(
      date_trunc(granularity, v_first), v_last, case when v_by_hour then '1 day' else '1 ' || granularity end::interval
    ) d (day)
  ),
  spans as (
    select d.day, _campaign_day_start(d.day, v_days.zone) as day_from, _campaign_day_start(d.day + 1, v_days.zone) as day_until
    from days d
  )
  select array_agg(b.bucket order by b.bucket), array_agg(s.day order by b.bucket)
  into starts, dates
  from spans s
  cross join lateral generate_series(
    s.day_from, s.day_until - interval '1 microsecond', case when v_by_hour then '1 hour' else '1 week' end::interval
  ) b (bucket);
end
$$;

comment on function _campaign_buckets(uuid[], date, date, text, text) is
'The first instants of the local hours, days, weeks (from Monday) or months from start_date to end_date, with their local dates, both '
'in order; width_bucket(t, starts) places an instant. An open end is where these campaigns'' records begin or end; NULL when there are none. '
'More than 4000 days by the hour, or 100000 days, are an error (22023).';

revoke all on function _campaign_buckets(uuid[], date, date, text, text) from public;
