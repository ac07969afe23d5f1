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
begin
  if not exists (select from {orders} o where ({order_key}) = v_order_id) then
    update campaign_conversions set cancelled_at = now() where order_id = v_order_id and cancelled_at is null;
    return;
  end if;
  {correct_one}
  perform _campaign_attribute_order(p_order_id, p_session_id);
end
$function$
$template$
$campaign$;

comment on function _campaign_reconcile_order_sql() is
  'Template: makes the records of one order agree with the order as it stands: credited, corrected, or cancelled when it is gone.';
revoke all on function _campaign_reconcile_order_sql() from public;
