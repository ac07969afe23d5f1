create function _campaign_read_order_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_read_order(p_order_id {order_key_type}) returns setof {schema}._campaign_order
language plpgsql stable security definer
set search_path = {schema}, pg_temp
as $function$
begin
  return query select {order_facts_uncredited} from {orders} o where ({order_key}) = p_order_id;
end
$function$
$template$
$campaign$;

comment on function _campaign_read_order_sql() is
  'Template: a stored order as attribution sees it; no row when there is none.';
revoke all on function _campaign_read_order_sql() from public;
