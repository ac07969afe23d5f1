create function campaign_comparison(
  campaign_id uuid default null,
  start_date date default null,
  end_date date default null,
  include_children boolean default false,
  tz text default null
)
returns jsonb
language plpgsql stable parallel unsafe security definer
set search_path = @extschema@, pg_temp
as $$
declare
  v_days record := _campaign_days(start_date, end_date, tz);
  v_end date := coalesce(end_date, (now() at time zone v_days.zone)::date);
  v_length integer := v_end - start_date + 1;
  v_previous_start date;
  v_previous_end date;
  v_report jsonb;
begin
  -- Reports begin with the year 1.
  if start_date is null or v_length < 1 or v_length > start_date - date '0001-01-01' then
    return null;
  end if;
  v_previous_start := start_date - v_length;
  v_previous_end := start_date - 1;
  v_report := case
    when campaign_id is null then campaign_overview(v_previous_start, v_previous_end, tz)
    else campaign_analytics(campaign_id, v_previous_start, v_previous_end, include_children, tz)
  end;
  return jsonb_build_object(
    'range', jsonb_build_object('start_date', v_previous_start, 'end_date', v_previous_end, 'tz', v_days.zone),
    'metrics', v_report -> 'metrics',
    'timeline', v_report -> 'timeline'
  );
end
$$;

comment on function campaign_comparison(uuid, date, date, boolean, text) is
'What a range is compared with: the same figures for as many days directly before it, of one campaign (as campaign_analytics gives them) or, when campaign_id is '
'NULL, of all (as campaign_overview does). A document {range: {start_date, end_date, tz}, metrics, timeline}. end_date NULL is today; start_date NULL has '
'nothing before it and gives NULL, as does a range that has not begun. tz NULL is campaign.timezone. Errors: no such campaign P0002; unknown time zone, end '
'before start, more than 100000 days 22023.';

revoke all on function campaign_comparison(uuid, date, date, boolean, text) from public;
grant execute on function campaign_comparison(uuid, date, date, boolean, text) to campaign_analyst;
