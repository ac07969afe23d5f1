create function _campaign_forget_orders_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_forget_orders(p_campaigns uuid[]) returns void
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
begin
  {forget_orders}
end
$function$
$template$
$campaign$;

comment on function _campaign_forget_orders_sql() is
  'Template: takes deleted campaigns out of the shop''s orders. Runs as the owner of the orders table.';
revoke all on function _campaign_forget_orders_sql() from public;
