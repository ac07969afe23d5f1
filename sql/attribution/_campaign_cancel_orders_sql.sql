create function _campaign_cancel_orders_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_cancel_orders() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
declare
  v_order record;
begin
  perform _campaign_check_time();
  if tg_op = 'TRUNCATE' then
    perform _campaign_cancel(null);
  else
    perform _campaign_cancel(array(select ({order_key})::{order_key_type} from campaign_old_orders o));
  end if;
  return null;
exception
  when others or query_canceled or assert_failure then
    if tg_op = 'TRUNCATE' then
      perform _campaign_survive(null, null, 'cancel', sqlstate, sqlerrm, is_named => false);
    else
      perform _campaign_survive(null, null, 'cancel', sqlstate, sqlerrm);
      begin
        for v_order in select ({order_key})::text as order_id from campaign_old_orders o loop
          perform _campaign_reconcile_safely(v_order.order_id, null, 'cancel');
        end loop;
      exception
        when others or query_canceled or assert_failure then
          perform _campaign_survive(null, null, 'cancel', sqlstate, sqlerrm, is_named => false);
      end;
    end if;
    return null;
end
$function$
$template$
$campaign$;

comment on function _campaign_cancel_orders_sql() is
  'Template of the statement trigger that cancels the conversions of deleted or truncated orders.';
revoke all on function _campaign_cancel_orders_sql() from public;
