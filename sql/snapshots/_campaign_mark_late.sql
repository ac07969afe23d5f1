create function _campaign_mark_late(fact text, campaign_ids uuid[], moments timestamptz[]) returns void
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_state record;
begin
  select s.until, s.purged_until into v_state from _campaign_snapshot_state s;
  -- Nearly always: what is recorded is of now.
  if clock_timestamp() <= now() + interval '5 seconds'
    and (select min(m) from unnest(moments) m) >= greatest(now() - interval '5 seconds', v_state.until)
  then
    return;
  end if;
  if fact = 'visit' and v_state.purged_until > any (moments) then
    raise exception using errcode = '55000',
      message = format('visits before %s were purged: none can be recorded there', v_state.purged_until);
  end if;
  insert into _campaign_snapshot_marks (fact, campaign_id, at)
  select distinct _campaign_mark_late.fact, l.campaign_id, date_bin('15 minutes', l.at, '2000-01-01 00:00+00')
  from unnest(campaign_ids, moments) l (campaign_id, at)
  where l.at < now() - interval '5 seconds' or clock_timestamp() > now() + interval '5 seconds' or l.at < v_state.until;
end
$$;

comment on function _campaign_mark_late(text, uuid[], timestamptz[]) is
'Marks those of the given facts (''visit'' or ''conversion'') that campaign_snapshot may already have passed: older than 5 seconds when their '
'transaction began, of a transaction older than 5 seconds, or before the snapshots'' end. To be called once the facts are written, so that the '
'transaction has its id. A visit of before what was purged is an error (55000). campaign_snapshot stays 10 seconds behind the clock and 5 behind the oldest open transaction.';

revoke all on function _campaign_mark_late(text, uuid[], timestamptz[]) from public;
