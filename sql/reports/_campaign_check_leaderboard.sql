create function _campaign_check_leaderboard(metric text, max_rows integer, platform text, minimum_visits bigint)
returns text
language plpgsql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
declare
  v_metric text := case metric when 'aov' then 'average_order_value' else metric end;
begin
  if v_metric is null or v_metric not in ('roi', 'revenue', 'conversions', 'visits', 'visitors', 'conversion_rate',
      'average_order_value', 'profit', 'cost_per_conversion') then
    raise exception using errcode = '22023', message = format('unknown metric %s', coalesce(quote_literal(metric), 'NULL')),
      hint = 'Use roi, revenue, conversions, visits, visitors, conversion_rate, average_order_value (or aov), profit or cost_per_conversion.';
  end if;
  if max_rows is null or max_rows not between 1 and 1000 then
    raise exception using errcode = '22023', message = 'max_rows must be between 1 and 1000';
  end if;
  if platform not in ('instagram', 'facebook', 'tiktok', 'youtube', 'twitter', 'other', 'multi') then
    raise exception using errcode = '22023', message = format('unknown platform %L', platform),
      hint = 'Use instagram, facebook, tiktok, youtube, twitter, other or multi, or pass NULL for all.';
  end if;
  if minimum_visits is null or minimum_visits < 0 then
    raise exception using errcode = '22023', message = 'minimum_visits must be 0 or more';
  end if;
  return v_metric;
end
$$;

comment on function _campaign_check_leaderboard(text, integer, text, bigint) is
'The metric by its full name, once all that a leaderboard is asked for can be. Error 22023 naming what cannot.';

revoke all on function _campaign_check_leaderboard(text, integer, text, bigint) from public;
