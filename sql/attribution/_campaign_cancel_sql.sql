create function _campaign_cancel_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_cancel(p_order_ids {order_key_type}[]) returns void
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
begin
  if p_order_ids is null then
    update campaign_conversions set cancelled_at = now() where cancelled_at is null;
  else
    update campaign_conversions set cancelled_at = now() where order_id = any (p_order_ids) and cancelled_at is null;
  end if;
end
$function$
$template$
$campaign$;

comment on function _campaign_cancel_sql() is
  'Template: cancels the conversions of orders that are gone; NULL means all orders. The records stay.';
revoke all on function _campaign_cancel_sql() from public;
