create function _campaign_mark_late(fact text, campaign_ids uuid[], moments timestamptz[]) returns void
language sql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
  insert into _campaign_snapshot_marks (fact, campaign_id, at)
  select distinct _campaign_mark_late.fact, l.campaign_id, date_bin('15 minutes', l.at, '2000-01-01 00:00+00')
  from unnest(campaign_ids, moments) l (campaign_id, at)
  where l.at < now() - interval '5 seconds'
    or clock_timestamp() > now() + interval '5 seconds'
    or l.at < (select s.until from _campaign_snapshot_state s);
$$;

comment on function _campaign_mark_late(text, uuid[], timestamptz[]) is
'Marks those of the given facts (''visit'' or ''conversion'') that campaign_snapshot may already have passed: older than 5 seconds when their '
'transaction began, of a transaction older than 5 seconds, or before the snapshots'' end. To be called once the facts are written, so that the '
'transaction has its id. campaign_snapshot stays 10 seconds behind the clock and 5 behind the oldest open transaction.';

revoke all on function _campaign_mark_late(text, uuid[], timestamptz[]) from public;
