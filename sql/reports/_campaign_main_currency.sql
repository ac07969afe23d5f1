create function _campaign_main_currency()
returns text
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
  select coalesce(
    upper(_campaign_setting('currency')),
    (
      select c.currency
      from campaign_conversions c
      where c.cancelled_at is null
      group by c.currency
      order by count(*) desc, c.currency collate "C"
      limit 1
    )
  );
$$;

comment on function _campaign_main_currency() is
'The currency reports speak in: campaign.currency when set, else the currency with the most conversions (ties in alphabetical '
'order); NULL when there are none, or when most of them have no currency. With campaign.currency set, a conversion without a '
'currency is in that one; otherwise having none is a currency of its own.';

revoke all on function _campaign_main_currency() from public;
