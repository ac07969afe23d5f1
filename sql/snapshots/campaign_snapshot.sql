create function campaign_snapshot(out folded_until timestamptz, out facts bigint, out ran boolean)
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
set jit = off
as $$
declare
  v_state _campaign_snapshot_state;
  v_zone constant text := coalesce(_campaign_setting('timezone'), 'UTC');
  v_until timestamptz;
  v_from timestamptz;
  v_ids uuid[];
  v_marks bigint[];
  v_days date[];
  v_day_starts timestamptz[];
  v_began constant timestamptz := clock_timestamp();
  v_told timestamptz := v_began;
  v_part bigint;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using errcode = '25001', message = 'campaign_snapshot must run in a read committed transaction',
      hint = 'A snapshot taken before would miss what was committed since.';
  end if;
  facts := 0;
  select s.* into v_state from _campaign_snapshot_state s for update skip locked;
  ran := found;
  if not ran then
    folded_until := (select s.until from _campaign_snapshot_state s);
    return;
  end if;

  if v_state.zone <> v_zone then
    if v_state.purged_until is null then
      -- Days are other days now: all are counted anew.
      delete from campaign_analytics_snapshots;
      delete from campaign_breakdown_snapshots;
      v_state.until := null;
    else
      raise warning 'the snapshots stay in days of %: visits were purged, and days of % cannot be counted without them', v_state.zone, v_zone;
    end if;
  end if;
  if v_state.until is null then
    v_state.zone := v_zone;
    v_state.since := null;
  end if;

  v_until := greatest(_campaign_horizon(), v_state.until);
  -- From here on every statement sees at least what was committed before the horizon was taken.
  v_ids := array(select c.id from campaigns c);
  if v_until is null or v_ids = '{}' then
    folded_until := v_state.until;
    return;
  end if;
  v_from := coalesce(v_state.until, (select r.first_at from _campaign_recorded(v_ids, '-infinity', v_until) r), v_until);
  v_marks := array(select m.id from _campaign_snapshot_marks m);
  v_state.since := least(v_state.since, (v_from at time zone v_state.zone)::date,
    (select (min(m.at) at time zone v_state.zone)::date from _campaign_snapshot_marks m where m.id = any (v_marks)));
  select array_agg(d.day::date order by d.day), array_agg(_campaign_day_start(d.day::date, v_state.zone) order by d.day)
  into v_days, v_day_starts
  from generate_series((v_from at time zone v_state.zone)::date::timestamp, (v_until at time zone v_state.zone)::date, '1 day') d (day);

  for i in 1 .. cardinality(v_days) loop
    v_part := _campaign_fold_visits(
      null, array[greatest(v_from, v_day_starts[i])], array[least(v_until, v_day_starts[i + 1])],
      v_days[i:i], v_day_starts[i:i], true, true);
    facts := facts + v_part;
    if clock_timestamp() > v_told + interval '2 seconds' then
      v_told := clock_timestamp();
      raise notice 'counted until %: day % of %, % visits in % s',
        v_days[i], i, cardinality(v_days), facts, round(extract(epoch from v_told - v_began));
    end if;
  end loop;
  perform _campaign_refold_visits(v_marks, v_until, v_state.zone, coalesce(v_state.purged_until, '-infinity'));
  v_part := _campaign_fold_new_sales(v_ids, v_marks, v_from, v_until, v_state.zone);
  facts := facts + v_part;

  -- Marks made of moments that are not folded yet have served: their facts came in with the rest, or will.
  delete from _campaign_snapshot_marks m where m.id = any (v_marks);
  update campaign_analytics_snapshots s
  set roi = campaign_return(s.total_revenue, c.cost)
  from campaigns c
  where c.updated_at >= coalesce(v_state.folded_at, '-infinity') - interval '10 minutes' and s.campaign_id = c.id
    and s.roi is distinct from campaign_return(s.total_revenue, c.cost);
  update _campaign_snapshot_state s
  set since = v_state.since, until = v_until, zone = v_state.zone, folded_at = now(),
    main_currency = case when v_part > 0 or v_state.until is null then _campaign_most_used_currency() else s.main_currency end;
  folded_until := v_until;
end
$$;

comment on function campaign_snapshot() is
'Brings the snapshots up to date: counts what was recorded since the last time, and anew what changed before it. Costs what is new, runs as often as you like, '
'and reports are exact whether it ran a second or a month ago. One row: folded_until, how far the snapshots reach now (some seconds behind the clock, and '
'behind the oldest open transaction that has written; NULL when there is nothing to fold); facts, how many visits and conversions were counted; ran, false when another '
'campaign_snapshot was running, which then does the work. Progress by NOTICE. A changed campaign.timezone counts everything anew. '
'Error 25001 in a transaction that is not read committed.';

revoke all on function campaign_snapshot() from public;
grant execute on function campaign_snapshot() to campaign_admin;
