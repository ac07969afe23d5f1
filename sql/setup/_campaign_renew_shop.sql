create function _campaign_renew_shop() returns text
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_shop _campaign_shop;
begin
  lock table _campaign_shop in exclusive mode;
  select * into v_shop from _campaign_shop;
  if not found then
    return format('pg_campaign %s: tables ready in schema %s, no shop attached', _campaign_version(), '@extschema@');
  end if;
  perform _campaign_detach();
  perform _campaign_attach();
  return format('pg_campaign %s: tables ready in schema %s, attached to %s',
    _campaign_version(), '@extschema@', _campaign_table_name(v_shop.orders));
end
$$;

comment on function _campaign_renew_shop() is 'Makes the attached shop''s functions and triggers anew, as this version writes them.';
revoke all on function _campaign_renew_shop() from public;
