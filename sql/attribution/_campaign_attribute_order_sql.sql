create function _campaign_attribute_order_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_attribute_order(
  p_order_id text, p_session_id text,
  out campaign_id uuid, out visit_id uuid, out is_new boolean
) returns record
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
set enable_hashjoin = off
set enable_mergejoin = off
as $function$
#variable_conflict use_column
declare
  v_order_id {order_key_type} := p_order_id;
  v_customers {customer_key_type}[];
  v_campaigns uuid[];
  v_conversion record;
begin
  is_new := not exists (select from campaign_conversions c where c.order_id = v_order_id);
  if is_new then
    if not exists (select from {orders} o where ({order_key}) = v_order_id) then
      raise exception using errcode = 'P0002', message = format('no order with key %s', p_order_id);
    end if;
    {convert_one}
  end if;
  select c.campaign_id, c.visit_id into v_conversion from campaign_conversions c where c.order_id = v_order_id;
  if not found then
    is_new := false;
    return;
  end if;
  campaign_id := v_conversion.campaign_id;
  visit_id := v_conversion.visit_id;
  perform _campaign_mark_order(v_order_id, v_conversion.campaign_id, v_conversion.visit_id);
end
$function$
$template$
$campaign$;

comment on function _campaign_attribute_order_sql() is
  'Template: credits one stored order, by the session given or else its own. The same order again changes nothing and gives the same answer.';
revoke all on function _campaign_attribute_order_sql() from public;
