create function _campaign_reconcile_order_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_reconcile_order(p_order_id text, p_session_id text) returns void
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
declare
  v_order_id {order_key_type} := p_order_id;
  v_orders {schema}._campaign_order[] := array(select p from _campaign_read_orders(array[v_order_id]) p);
begin
  if cardinality(v_orders) = 0 then
    perform _campaign_cancel(array[v_order_id]);
  else
    perform _campaign_correct(v_orders);
    perform _campaign_attribute_order(p_order_id, coalesce(v_orders[1].own_session_id, p_session_id, ''));
  end if;
end
$function$
$template$
$campaign$;

comment on function _campaign_reconcile_order_sql() is
  'Template: makes the records of one order agree with the order as it stands: credited, corrected, or cancelled when it is gone. The session given is for orders that carry none.';
revoke all on function _campaign_reconcile_order_sql() from public;
