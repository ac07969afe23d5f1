create function _campaign_horizon() returns timestamptz
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_clock timestamptz := clock_timestamp();
  v_open record;
begin
  if exists (select from pg_prepared_xacts p where p.database = current_database()) then
    return null;
  end if;
  select min(a.xact_start) as first_start, bool_or(a.xact_start is null) as is_unknown
  into v_open
  from pg_stat_activity a
  where a.datid = (select d.oid from pg_database d where d.datname = current_database())
    and a.backend_xid is not null
    and a.pid <> pg_backend_pid();
  if v_open.is_unknown then
    return null;
  end if;
  return least(v_clock - interval '10 seconds', v_open.first_start - interval '5 seconds');
end
$$;

comment on function _campaign_horizon() is
'How far snapshots may reach: every transaction that will still write a fact of before marks it (_campaign_mark_late). 10 seconds behind the clock, 5 behind '
'the start of the oldest transaction that has written; NULL while a prepared transaction is open, or a start is unknown (track_activities is off).';

revoke all on function _campaign_horizon() from public;
