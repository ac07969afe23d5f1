create function _campaign_correct_orders_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_correct_orders() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
set enable_hashjoin = off
set enable_mergejoin = off
as $function$
declare
  v_order record;
begin
  {correct_updated}
  -- An update can place an order, or bring its session; what it leaves as it was is not judged again.
  for v_order in
    select n.order_id, coalesce(n.own_session_id, nullif(current_setting('campaign.session_id', true), '')) as session_id
      from (
        select f.order_id, f.is_placed, f.own_session_id from (select {order_facts} from campaign_new_orders o) f
        except
        select f.order_id, f.is_placed, f.own_session_id from (select {order_facts} from campaign_old_orders o) f
      ) n
     where n.is_placed
       and not exists (select from campaign_conversions c where c.order_id = n.order_id)
  loop
    perform _campaign_reconcile_safely(v_order.order_id::text, v_order.session_id, 'place');
  end loop;
  return null;
exception
  when others then
    perform _campaign_survive(null, null, 'correct', sqlstate, sqlerrm);
    begin
      for v_order in select ({order_key})::text as order_id from campaign_new_orders o loop
        perform _campaign_reconcile_safely(v_order.order_id, null, 'correct');
      end loop;
    exception
      when others then
        perform _campaign_survive(null, null, 'correct', sqlstate, sqlerrm);
    end;
    return null;
end
$function$
$template$
$campaign$;

comment on function _campaign_correct_orders_sql() is
  'Template of the statement trigger that follows updates of orders: new totals, refunds, cancellations, and orders placed by an update.';
revoke all on function _campaign_correct_orders_sql() from public;
