create function _campaign_convert_orders_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_convert_orders() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
declare
  v_orders {schema}._campaign_order[];
  v_order record;
begin
  v_orders := array(
    select row(f.*)::{schema}._campaign_order
      from (select {order_facts} from campaign_new_orders o) f
     where f.visit_id is not null and f.is_placed);
  if cardinality(v_orders) > 0 then
    perform _campaign_convert(v_orders);
  end if;
  return null;
exception
  when others then
    perform _campaign_survive(null, null, 'convert', sqlstate, sqlerrm);
    -- One bad order must not cost the others their credit: once more, each by itself.
    begin
      for v_order in select ({order_key})::text as order_id from campaign_new_orders o loop
        perform _campaign_reconcile_safely(v_order.order_id, current_setting('campaign.session_id', true), 'convert');
      end loop;
    exception
      when others then
        perform _campaign_survive(null, null, 'convert', sqlstate, sqlerrm);
    end;
    return null;
end
$function$
$template$
$campaign$;

comment on function _campaign_convert_orders_sql() is
  'Template of the statement trigger that has the inserted orders credited.';
revoke all on function _campaign_convert_orders_sql() from public;
