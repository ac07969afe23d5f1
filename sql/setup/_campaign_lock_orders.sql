create function _campaign_lock_orders() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_orders text;
begin
  select _campaign_table_name(s.orders) into v_orders from _campaign_shop s;
  if v_orders is not null then
    execute format('lock table %s in access exclusive mode', v_orders);
  end if;
end
$$;

comment on function _campaign_lock_orders() is 'Waits for the orders that are being placed, and keeps new ones waiting until the transaction ends.';
revoke all on function _campaign_lock_orders() from public;
