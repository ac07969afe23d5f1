create function _campaign_refold_visits(marks bigint[], until timestamptz, zone text, purged_until timestamptz) returns void
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_hours record;
  v_days record;
begin
  select array_agg(h.campaign_id) as ids, array_agg(h.hour) as starts, array_agg(least(h.hour + interval '1 hour', until)) as ends
  into v_hours
  from (
    select distinct m.campaign_id, date_bin('1 hour', m.at, '2000-01-01 00:00+00') as hour
    from _campaign_snapshot_marks m
    where m.id = any (marks) and m.fact = 'visit' and m.at < until and m.at >= purged_until
  ) h;
  if v_hours.ids is null then
    return;
  end if;
  select array_agg(d.campaign_id) as ids, array_agg(d.day) as days, array_agg(d.starts_at) as starts,
    array_agg(least(_campaign_day_start(d.day + 1, zone), until)) as ends
  into v_days
  from (
    select distinct m.campaign_id, (m.at at time zone zone)::date as day, _campaign_day_start((m.at at time zone zone)::date, zone) as starts_at
    from _campaign_snapshot_marks m
    where m.id = any (marks) and m.fact = 'visit' and m.at < until and m.at >= purged_until
  ) d;

  update campaign_analytics_snapshots s
  set total_visits = 0, audience = '{}'
  from unnest(v_hours.ids, v_hours.starts) h (campaign_id, hour)
  where s.campaign_id = h.campaign_id and s.snapshot_date = (h.hour at time zone 'UTC')::date
    and s.snapshot_hour = extract(hour from h.hour at time zone 'UTC')::integer;
  update campaign_analytics_snapshots s
  set total_visits = 0, audience = '{}'
  from unnest(v_days.ids, v_days.days) d (campaign_id, day)
  where s.campaign_id = d.campaign_id and s.snapshot_hour is null and s.snapshot_date = d.day;
  update campaign_breakdown_snapshots b
  set visit_values = null, visits = null, audiences = null
  from unnest(v_days.ids, v_days.days) d (campaign_id, day)
  where b.campaign_id = d.campaign_id and b.snapshot_date = d.day;

  -- A mark of an hour that no day begins in: the day it falls in is of no account here.
  perform _campaign_fold_visits(v_hours.ids, v_hours.starts, v_hours.ends, array['2000-01-01'::date], array['2000-01-01'::timestamptz], true, false);
  perform _campaign_fold_visits(
    v_days.ids, v_days.starts, v_days.ends,
    array(select distinct d from unnest(v_days.days) d order by d),
    array(select _campaign_day_start(d, zone) from (select distinct d from unnest(v_days.days) d) days (d) order by d),
    false, true);
end
$$;

comment on function _campaign_refold_visits(bigint[], timestamptz, text, timestamptz) is
'Counts the visits of marked hours and days anew. Moments before purged_until are left alone: their visits may be gone.';

revoke all on function _campaign_refold_visits(bigint[], timestamptz, text, timestamptz) from public;
