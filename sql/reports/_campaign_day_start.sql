create function _campaign_day_start(day date, zone text)
returns timestamptz
language sql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
  -- Where clocks go back over midnight (Havana), 00:00 comes twice and AT TIME ZONE takes the second;
  -- the day starts with the first.
  with midnight as (
    select day::timestamp as local, day::timestamp at time zone zone as usual
  ),
  candidate as (
    select m.local, m.usual,
      m.usual - (((m.usual - interval '3 hours') at time zone zone) - (m.local - interval '3 hours')) as earlier
    from midnight m
  )
  select case when c.earlier at time zone zone = c.local then c.earlier else c.usual end
  from candidate c;
$$;

comment on function _campaign_day_start(date, text) is
'The first instant of a local day. A time zone that is not known is an error (22023).';

revoke all on function _campaign_day_start(date, text) from public;
