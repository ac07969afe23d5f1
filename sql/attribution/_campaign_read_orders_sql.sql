create function _campaign_read_orders_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_read_orders(p_order_ids {order_key_type}[]) returns setof {schema}._campaign_order
language plpgsql stable security definer
set search_path = {schema}, pg_temp
set enable_seqscan = off
set jit = off
as $function$
begin
  return query select {order_facts_uncredited} from {orders} o where ({order_key}) = any (p_order_ids);
end
$function$
$template$
$campaign$;

comment on function _campaign_read_orders_sql() is
  'Template: stored orders as attribution sees them; no row for an order that is not there. Runs as the owner of the orders table.';
revoke all on function _campaign_read_orders_sql() from public;
