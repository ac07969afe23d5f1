create function _campaign_backfill_orders_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_backfill_orders(
  p_order_ids text[], out credited bigint, out already_credited bigint, out failed bigint
) returns record
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  v_order_ids constant {order_key_type}[] := p_order_ids;
  v_orders {schema}._campaign_order[];
begin
  already_credited := (select count(*) from campaign_conversions c where c.order_id = any (v_order_ids));
  failed := 0;
  begin
    v_orders := array(
      select row(p.order_id, p.customer_id, p.total, p.currency, p.own_session_id, p.own_session_id, p.placed_at, p.is_placed, p.is_cancelled,
               p.refunded, (_campaign_last_touch(p.own_session_id, p.customer_id, p.placed_at)).visit_id)::{schema}._campaign_order
        from _campaign_read_orders(v_order_ids) p
       where p.is_placed);
    if cardinality(v_orders) > 0 then
      perform _campaign_convert(v_orders), _campaign_remark_orders(v_order_ids);
    end if;
    delete from campaign_attribution_failures f where f.order_id = any (p_order_ids);
  exception
    when others then
      perform _campaign_survive(null, null, 'backfill', sqlstate, sqlerrm);
      failed := (select count(*) from unnest(p_order_ids) k where not _campaign_reconcile_safely(k, null, 'backfill'));
  end;
  credited := (select count(*) from campaign_conversions c where c.order_id = any (v_order_ids)) - already_credited;
end
$function$
$template$
$campaign$;

comment on function _campaign_backfill_orders_sql() is
  'Template: credits stored orders by the sessions they carry, and corrects those that are credited; one that fails costs only itself. How many were credited now, had been before, and failed.';
revoke all on function _campaign_backfill_orders_sql() from public;
