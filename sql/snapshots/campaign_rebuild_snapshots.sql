create function campaign_rebuild_snapshots(
  start_date date default null,
  end_date date default null,
  out folded_until timestamptz,
  out facts bigint
)
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
declare
  v_state _campaign_snapshot_state;
  v_range record;
begin
  select s.* into v_state from _campaign_snapshot_state s for update;
  v_range := _campaign_days(start_date, end_date, v_state.zone);
  if start_date is null and end_date is null and v_state.purged_until is null then
    delete from campaign_analytics_snapshots;
    delete from campaign_breakdown_snapshots;
    delete from _campaign_snapshot_marks;
    update _campaign_snapshot_state s set until = null, since = null, main_currency = null;
  else
    -- Where there are facts, and where rows tell of some.
    insert into _campaign_snapshot_marks (fact, campaign_id, at)
    select distinct 'visit', v.campaign_id, date_bin('15 minutes', v.visited_at, '2000-01-01 00:00+00')
    from campaign_visits v
    where v.visited_at >= greatest(v_range.range_from, v_state.purged_until) and v.visited_at < v_range.range_until
    union
    select 'conversion', c.campaign_id, date_bin('15 minutes', c.converted_at, '2000-01-01 00:00+00')
    from campaign_conversions c
    where c.converted_at >= v_range.range_from and c.converted_at < v_range.range_until
    union
    select f.fact, r.campaign_id, r.starts_at
    from (
      select s.campaign_id, case when s.snapshot_hour is null then _campaign_day_start(s.snapshot_date, v_state.zone)
        else (s.snapshot_date + make_interval(hours => s.snapshot_hour)) at time zone 'UTC' end as starts_at
      from campaign_analytics_snapshots s
      union
      select b.campaign_id, _campaign_day_start(b.snapshot_date, v_state.zone)
      from campaign_breakdown_snapshots b
    ) r
    cross join (values ('visit'), ('conversion')) f (fact)
    where r.starts_at >= v_range.range_from and r.starts_at < v_range.range_until
      and (f.fact = 'conversion' or r.starts_at >= coalesce(v_state.purged_until, '-infinity'));
  end if;
  select s.folded_until, s.facts into folded_until, facts from campaign_snapshot() s;
end
$$;

comment on function campaign_rebuild_snapshots(date, date) is
'Counts the snapshots of these days anew from the facts, both days included, in days of campaign.timezone; without dates all of them. For after a table was changed by hand: '
'nothing else needs it. Days whose visits were purged keep their visits and get their conversions anew. One row as of campaign_snapshot. Errors: end before start 22023; 25001 in a '
'transaction that is not read committed.';

revoke all on function campaign_rebuild_snapshots(date, date) from public;
grant execute on function campaign_rebuild_snapshots(date, date) to campaign_admin;
