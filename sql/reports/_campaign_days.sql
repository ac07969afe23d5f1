create function _campaign_days(
  start_date date,
  end_date date,
  tz text,
  out range_from timestamptz,
  out range_until timestamptz,
  out zone text
)
language plpgsql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  zone := coalesce(tz, _campaign_setting('timezone'), 'UTC');
  if btrim(zone) = '' then
    raise exception using errcode = '22023', message = 'the time zone is empty',
      hint = 'Name one, such as Europe/Berlin, or pass NULL for campaign.timezone.';
  end if;
  -- Raises 22023 when PostgreSQL does not know the zone, also when both ends are open.
  perform now() at time zone zone;

  if start_date not between '0001-01-01' and '9999-12-31' or end_date not between '0001-01-01' and '9999-12-31' then
    raise exception using errcode = '22023', message = 'start_date and end_date must lie in the years 1 to 9999',
      hint = 'Pass NULL for an open end.';
  end if;
  if end_date < start_date then
    raise exception using errcode = '22023',
      message = format('end_date %s is before start_date %s', end_date, start_date);
  end if;

  range_from := coalesce(_campaign_day_start(start_date, zone), '-infinity');
  range_until := coalesce(_campaign_day_start(end_date + 1, zone), 'infinity');
end
$$;

comment on function _campaign_days(date, date, text) is
'The instants of the local days from start_date to end_date, both included: range_from <= t < range_until, and the time zone they '
'are local to. A NULL date leaves that end open; tz NULL is campaign.timezone. An unknown zone, or an end before the start, is an error (22023).';

revoke all on function _campaign_days(date, date, text) from public;
