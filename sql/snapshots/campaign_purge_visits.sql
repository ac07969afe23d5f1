create function campaign_purge_visits(older_than interval, max_rows bigint default null)
returns bigint
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
  v_state _campaign_snapshot_state;
  v_until timestamptz;
  v_from timestamptz;
  v_rows bigint;
  v_purged bigint := 0;
  v_told timestamptz := clock_timestamp();
begin
  if older_than is null or older_than <= interval '0' then
    raise exception using errcode = '22023', message = 'older_than must be a positive interval', hint = 'For example: campaign_purge_visits(''1 year'').';
  end if;
  if max_rows < 1 then
    raise exception using errcode = '22023', message = 'max_rows must be 1 or more';
  end if;
  perform campaign_snapshot();
  select s.* into v_state from _campaign_snapshot_state s for update;
  if v_state.until is null then
    raise exception using errcode = '55000', message = 'nothing has been folded into the snapshots yet',
      hint = 'Once campaign_snapshot() has run, visits can go without their figures.';
  end if;
  -- Whole days, all of them folded and with nothing left to count anew.
  v_until := _campaign_day_start(
    (least(
      now() - older_than,
      v_state.until,
      (select min(m.at) from _campaign_snapshot_marks m where m.fact = 'visit')
    ) at time zone v_state.zone)::date, v_state.zone);
  v_until := date_bin('1 hour', v_until, '2000-01-01 00:00+00');
  -- An hour on, so that no hour and no day that is counted anew reaches back to where visits are missing.
  update _campaign_snapshot_state s set purged_until = greatest(s.purged_until, v_until + interval '1 hour');

  v_from := _campaign_day_start(v_state.since, v_state.zone);
  while v_from < v_until and (max_rows is null or v_purged < max_rows) loop
    delete from campaign_visits v
    where v.id = any (array(
      select f.id
      from campaign_visits f
      where f.visited_at >= v_from and f.visited_at < least(v_from + interval '1 day', v_until) and not f.converted and f.expires_at < now()
      limit max_rows - v_purged
    ));
    get diagnostics v_rows = row_count;
    v_purged := v_purged + v_rows;
    v_from := v_from + interval '1 day';
    if clock_timestamp() > v_told + interval '2 seconds' then
      v_told := clock_timestamp();
      raise notice '% visits of before % purged', v_purged, v_from;
    end if;
  end loop;
  delete from campaign_customer_sessions s where not exists (select from campaign_visits v where v.session_id = s.session_id);
  return v_purged;
end
$$;

comment on function campaign_purge_visits(interval, bigint) is
'Deletes visits whose click is older than older_than, as far as whole days go, that led to no order and are no longer live, and returns how many; at most max_rows of them, NULL for all. '
'Progress by NOTICE. Snapshots and conversions stay, so reports before and after agree; one that would have to read purged visits, for instance in a '
'time zone whose days begin within an hour of the shop''s, says so (55000). A visitor who comes back after all their visits were purged counts as a new one. Errors: '
'22023 an interval or number that cannot be, 55000 nothing is folded yet, 25001 in a transaction that is not read committed.';

revoke all on function campaign_purge_visits(interval, bigint) from public;
grant execute on function campaign_purge_visits(interval, bigint) to campaign_admin;
