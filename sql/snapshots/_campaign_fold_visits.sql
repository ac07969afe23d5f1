create function _campaign_fold_visits(
  campaign_ids uuid[],
  starts timestamptz[],
  ends timestamptz[],
  days date[],
  day_starts timestamptz[],
  with_hours boolean,
  with_days boolean
)
returns bigint
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_visits bigint;
begin
  with tallied as materialized (
    select t.campaign_id, t.hour, t.day, t.dimension::campaign_dimension as dimension, t.value, t.visits, t.audience
    from _campaign_tally_visits(campaign_ids, starts, ends, _campaign_fold_visits.days, day_starts) t
  ),
  written as (
    insert into campaign_analytics_snapshots as s (campaign_id, snapshot_date, snapshot_hour, total_visits, audience, roi)
    select t.campaign_id, coalesce(t.day, (t.hour at time zone 'UTC')::date), extract(hour from t.hour at time zone 'UTC')::integer,
      t.visits, t.audience, campaign_return(0, c.cost)
    from tallied t
    join campaigns c on c.id = t.campaign_id
    where t.dimension is null and case when t.hour is null then with_days else with_hours end
    on conflict (campaign_id, snapshot_hour, snapshot_date) do update
      set total_visits = s.total_visits + excluded.total_visits, audience = s.audience | excluded.audience
  ),
  added as (
    select t.campaign_id, t.dimension, t.day, t.value, t.visits, t.audience
    from tallied t
    where t.dimension is not null and with_days
  ),
  kept as (
    select b.campaign_id, b.dimension, b.snapshot_date, u.value, u.visits, u.audience
    from (select distinct a.campaign_id, a.dimension, a.day from added a) a
    join campaign_breakdown_snapshots b on b.campaign_id = a.campaign_id and b.dimension = a.dimension and b.snapshot_date = a.day
    cross join lateral unnest(b.visit_values, b.visits, b.audiences) u (value, visits, audience)
  ),
  merged as (
    select p.campaign_id, p.dimension, p.day, p.value, sum(p.visits)::bigint as visits, campaign_audience_union(p.audience) as audience
    from (select * from added union all select * from kept) p
    group by p.campaign_id, p.dimension, p.day, p.value
  ),
  packed as (
    insert into campaign_breakdown_snapshots as b (campaign_id, dimension, snapshot_date, visit_values, visits, audiences)
    select m.campaign_id, m.dimension, m.day, array_agg(m.value), array_agg(m.visits), array_agg(m.audience)
    from merged m
    group by m.campaign_id, m.dimension, m.day
    on conflict (campaign_id, dimension, snapshot_date) do update
      set visit_values = excluded.visit_values, visits = excluded.visits, audiences = excluded.audiences
  )
  select coalesce(sum(t.visits), 0) into v_visits from tallied t where t.hour is not null;
  return v_visits;
end
$$;

comment on function _campaign_fold_visits(uuid[], timestamptz[], timestamptz[], date[], timestamptz[], boolean, boolean) is
'Adds the visits of campaign_ids[i] in starts[i] <= t < ends[i], or of all campaigns in starts[1] <= t < ends[1] when campaign_ids is NULL, to the hourly rows, and to the daily rows and breakdowns of the local days that begin at '
'day_starts; returns how many there were.';

revoke all on function _campaign_fold_visits(uuid[], timestamptz[], timestamptz[], date[], timestamptz[], boolean, boolean) from public;
