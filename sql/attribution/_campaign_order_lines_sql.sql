create function _campaign_order_lines_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_order_lines(p_order_ids {order_key_type}[])
returns table (order_id {order_key_type}, product_id text, product_name text, quantity numeric, amount numeric)
language sql stable security definer
set search_path = {schema}, pg_temp
as $function$
  {order_lines_query}
$function$
$template$
$campaign$;

comment on function _campaign_order_lines_sql() is
  'Template: the lines of the given orders, as the shop''s order_lines query tells them; no rows when none is mapped.';
revoke all on function _campaign_order_lines_sql() from public;
