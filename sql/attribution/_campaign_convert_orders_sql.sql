create function _campaign_convert_orders_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select replace(replace($template$
create function {schema}._campaign_convert_orders() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
declare
  v_orders {schema}._campaign_order[];
  v_unmarked {order_key_type}[];
  v_order record;
begin
  perform _campaign_check_time();
  if _campaign_other_triggers(tg_relid) then
    -- They ran before this one, and may have written the rows again, or taken them away.
    {gather} from {orders} o where ({order_key}) = any (array(select ({order_key}) from campaign_new_orders o)) {gathered};
  else
    {gather} from campaign_new_orders o {gathered};
  end if;
  if v_orders is not null then
    perform _campaign_convert(v_orders);
    if v_unmarked is not null then
      perform _campaign_remark_orders(v_unmarked);
    end if;
  end if;
  return null;
exception
  when others or query_canceled or assert_failure then
    perform _campaign_survive(null, null, 'convert', sqlstate, sqlerrm);
    -- One bad order must not cost the others their credit: once more, each by itself.
    begin
      for v_order in select ({order_key})::text as order_id from campaign_new_orders o loop
        perform _campaign_reconcile_safely(v_order.order_id, current_setting('campaign.session_id', true), 'convert');
      end loop;
    exception
      when others or query_canceled or assert_failure then
        perform _campaign_survive(null, null, 'convert', sqlstate, sqlerrm, is_named => false);
    end;
    return null;
end
$function$
$template$,
    '{gather}', $gather$select array_agg(row(f.order_id, f.customer_id, f.total, f.currency, f.own_session_id, f.session_id, f.placed_at,
             f.is_placed, f.is_cancelled, f.refunded, f.visit_id)::{schema}._campaign_order),
           array_agg(f.order_id) filter (where f.is_unmarked)
      into v_orders, v_unmarked
      from (select {order_facts}, {order_is_unmarked} as is_unmarked$gather$),
    '{gathered}', ') f where f.visit_id is not null and f.is_placed')
$campaign$;

comment on function _campaign_convert_orders_sql() is
  'Template of the statement trigger that has the inserted orders credited.';
revoke all on function _campaign_convert_orders_sql() from public;
