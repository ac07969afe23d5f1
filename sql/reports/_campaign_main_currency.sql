create function _campaign_main_currency()
returns text
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
  with known as (
    select _campaign_setting('currency') as set, (select s.main_currency from _campaign_snapshot_state s) as folded
  )
  select case
    when k.set is not null then k.set
    when k.folded is not null then nullif(k.folded, '')
    else (
      select c.currency
      from campaign_conversions c
      where c.cancelled_at is null
      group by c.currency
      order by count(*) desc, c.currency collate "C"
      limit 1
    )
  end
  from known k;
$$;

comment on function _campaign_main_currency() is
'The currency reports speak in: campaign.currency when set, else the currency with the most conversions at the last campaign_snapshot, or, '
'while that had none, now (ties in alphabetical order); NULL when there are none, or when most of them have no currency. With campaign.currency set, a conversion without a '
'currency is in that one; otherwise having none is a currency of its own.';

revoke all on function _campaign_main_currency() from public;
