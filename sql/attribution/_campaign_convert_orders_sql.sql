create function _campaign_convert_orders_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_convert_orders() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
set enable_hashjoin = off
set enable_mergejoin = off
as $function$
declare
  v_customers {customer_key_type}[];
  v_campaigns uuid[];
begin
  {convert_inserted}
  return null;
exception
  when others then
    perform _campaign_survive(null, null, 'convert', sqlstate, sqlerrm);
    -- One bad order must not cost the others their credit: once more, each by itself.
    declare
      v_order record;
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
  'Template of the statement trigger that writes the conversions of inserted orders. Its plan is kept for statements of one order and of thousands, so it may only walk indexes.';
revoke all on function _campaign_convert_orders_sql() from public;
