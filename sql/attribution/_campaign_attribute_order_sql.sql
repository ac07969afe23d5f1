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
set enable_seqscan = off
set jit = off
as $function$
#variable_conflict use_column
declare
  v_order_id {order_key_type} := p_order_id;
  v_order {schema}._campaign_order;
  v_credit record;
begin
  is_new := false;
  select c.campaign_id, c.visit_id, c.customer_id, c.session_id into v_credit
    from campaign_conversions c where c.order_id = v_order_id;
  if found then
    -- A guest who has an account by now was won by this order all the same.
    if v_credit.customer_id is not null then
      update campaign_visits v set customer_id = v_credit.customer_id
       where v.session_id = v_credit.session_id and v.id = v_credit.visit_id and v.customer_id is null;
      perform _campaign_acquire(array[v_credit.customer_id], array[v_credit.campaign_id]);
    end if;
  else
    select * into v_order from _campaign_read_orders(array[v_order_id]);
    if not found then
      raise exception using errcode = 'P0002', message = format('no order with key %s', p_order_id);
    end if;
    v_order.session_id := coalesce(p_session_id, v_order.session_id);
    v_order.visit_id := (_campaign_last_touch(v_order.session_id, v_order.customer_id, v_order.placed_at)).visit_id;
    is_new := _campaign_convert(array[v_order]) > 0;
    select c.campaign_id, c.visit_id into v_credit from campaign_conversions c where c.order_id = v_order_id;
    if not found then
      return;
    end if;
  end if;
  campaign_id := v_credit.campaign_id;
  visit_id := v_credit.visit_id;
  perform _campaign_mark_order(v_order_id, v_credit.campaign_id, v_credit.visit_id);
end
$function$
$template$
$campaign$;

comment on function _campaign_attribute_order_sql() is
  'Template: credits one stored order, by the session given or else its own. The same order again changes nothing and gives the same answer.';
revoke all on function _campaign_attribute_order_sql() from public;
