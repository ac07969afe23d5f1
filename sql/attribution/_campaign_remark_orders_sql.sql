create function _campaign_remark_orders_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_remark_orders(p_order_ids {order_key_type}[]) returns void
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  v_credit record;
begin
  for v_credit in
    select c.order_id, c.campaign_id, c.visit_id from campaign_conversions c where c.order_id = any (p_order_ids)
  loop
    perform _campaign_mark_order(v_credit.order_id, v_credit.campaign_id, v_credit.visit_id);
  end loop;
end
$function$
$template$
$campaign$;

comment on function _campaign_remark_orders_sql() is
  'Template: writes the campaign and visit of their conversions into orders whose columns say something else.';
revoke all on function _campaign_remark_orders_sql() from public;
