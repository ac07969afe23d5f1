create function _campaign_correct_orders_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_correct_orders() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
declare
  v_orders {schema}._campaign_order[];
  v_order record;
begin
  perform _campaign_check_time();
  v_orders := array(
    select row(f.*)::{schema}._campaign_order from (select {order_facts_uncredited} from campaign_new_orders o) f where f.is_placed);
  if cardinality(v_orders) = 0 then
    return null;
  end if;
  if _campaign_other_triggers(tg_relid) then
    -- They ran before this one, and may have written the rows again.
    perform _campaign_correct(array(select p from _campaign_read_orders(array(select n.order_id from unnest(v_orders) n)) p));
  else
    perform _campaign_correct(v_orders);
  end if;
  -- An update can place an order, or bring its session or customer; what it leaves as it was is not judged again.
  for v_order in
    select n.order_id::text as order_id, current_setting('campaign.session_id', true) as session_id
      from (
        select p.order_id, p.own_session_id, p.customer_id is null from unnest(v_orders) p
        except
        select f.order_id, f.own_session_id, f.customer_id is null
          from (select {order_facts_uncredited} from campaign_old_orders o) f
         where f.is_placed
      ) n
  loop
    perform _campaign_reconcile_safely(v_order.order_id, v_order.session_id, 'place');
  end loop;
  {restore_marks}
  return null;
exception
  when others or query_canceled or assert_failure then
    perform _campaign_survive(null, null, 'correct', sqlstate, sqlerrm);
    begin
      for v_order in select ({order_key})::text as order_id from campaign_new_orders o loop
        perform _campaign_reconcile_safely(v_order.order_id, null, 'correct');
      end loop;
    exception
      when others or query_canceled or assert_failure then
        perform _campaign_survive(null, null, 'correct', sqlstate, sqlerrm, is_named => false);
    end;
    return null;
end
$function$
$template$
$campaign$;

comment on function _campaign_correct_orders_sql() is
  'Template of the statement trigger that follows updates of orders: new totals, refunds, cancellations, and orders placed by an update.';
revoke all on function _campaign_correct_orders_sql() from public;
