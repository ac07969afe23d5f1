create function _campaign_check_not_purged(raw_starts timestamptz[], purged_until timestamptz) returns void
language plpgsql immutable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  if raw_starts[1] < purged_until then
    raise exception using errcode = '55000',
      message = format('visits before %s were purged: their days and hours can only be counted whole', purged_until),
      hint = 'Ask for whole days of campaign.timezone, or for a range after that.';
  end if;
end
$$;

comment on function _campaign_check_not_purged(timestamptz[], timestamptz) is
'Error 55000 when a report would have to read visits that campaign_purge_visits may have removed; raw_starts ascending.';

revoke all on function _campaign_check_not_purged(timestamptz[], timestamptz) from public;
