create function campaign_schedule(every interval default '1 minute') returns text
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_minutes constant numeric := extract(epoch from every) / 60;
  v_schedule text;
begin
  if every is null or (every <> interval '0' and v_minutes not in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)) then
    raise exception using errcode = '22023', message = format('snapshots cannot be scheduled every %s', coalesce(every::text, 'NULL')),
      hint = 'Use 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 minutes; 0 ends the schedule.';
  end if;
  if to_regprocedure('cron.schedule(text, text, text)') is null then
    raise exception using errcode = '55000', message = 'pg_cron is not installed in this database',
      hint = 'Install the package postgresql-15-cron, add pg_cron to shared_preload_libraries, set cron.database_name to this database and create extension pg_cron; '
        'or let the HTTP shim do it (--snapshot-every), or call campaign_snapshot() by any other timer.';
  end if;
  if every = interval '0' then
    perform cron.unschedule(j.jobname) from cron.job j where j.jobname = 'campaign_snapshot';
    return case when found then 'snapshots are no longer scheduled' else 'snapshots were not scheduled' end;
  end if;
  v_schedule := case when v_minutes = 60 then '0 * * * *' else format('*/%s * * * *', v_minutes::integer) end;
  perform cron.schedule('campaign_snapshot', v_schedule, 'select @extschema@.campaign_snapshot()');
  return format('campaign_snapshot() runs every %s minutes (%s)', v_minutes::integer, v_schedule);
end
$$;

comment on function campaign_schedule(interval) is
'Has pg_cron run campaign_snapshot() every so often, as the role that calls this: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 minutes; 0 ends it. Calling it again changes the '
'schedule. Errors: 22023 another interval, 55000 without pg_cron, naming what else would do.';

revoke all on function campaign_schedule(interval) from public;
grant execute on function campaign_schedule(interval) to campaign_admin;
