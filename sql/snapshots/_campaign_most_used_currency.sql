create function _campaign_most_used_currency() returns text
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
  select coalesce(u.currency, '')
  from (
    select s.currency, s.currency_conversions as conversions
    from campaign_analytics_snapshots s
    where s.snapshot_hour is null and s.currency_conversions > 0
    union all
    select o.currency, o.conversions
    from campaign_analytics_snapshots s
    cross join lateral jsonb_to_recordset(s.other_currencies) o (currency text, conversions bigint)
    where s.snapshot_hour is null and s.other_currencies is not null
  ) u
  group by u.currency
  order by sum(u.conversions) desc, u.currency collate "C"
  limit 1;
$$;

comment on function _campaign_most_used_currency() is
'The currency with the most conversions in the snapshots (ties in alphabetical order), empty when most have none; NULL without conversions.';

revoke all on function _campaign_most_used_currency() from public;
