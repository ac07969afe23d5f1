create function _campaign_mark_order_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_mark_order(p_order_id {order_key_type}, p_campaign_id uuid, p_visit_id uuid) returns void
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
begin
  {mark_order}
end
$function$
$template$
$campaign$;

comment on function _campaign_mark_order_sql() is
  'Template: writes campaign_id and visit_id into a stored order. Runs as the owner of the orders table.';
revoke all on function _campaign_mark_order_sql() from public;
