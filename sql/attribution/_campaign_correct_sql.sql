create function _campaign_correct_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_correct(p_orders {schema}._campaign_order[]) returns void
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $function$
begin
  update campaign_conversions c
     set order_total = p.total,
         refunded = case when {refunds_mapped} then p.refunded else c.refunded end,
         cancelled_at = case when p.is_cancelled then coalesce(c.cancelled_at, now()) end,
         customer_id = coalesce(c.customer_id, p.customer_id)
    from unnest(p_orders) p
   where c.order_id = p.order_id
     and (c.order_total <> p.total
       or ({refunds_mapped} and c.refunded <> p.refunded)
       or (c.cancelled_at is not null) <> p.is_cancelled
       or (c.customer_id is null and p.customer_id is not null));
end
$function$
$template$
$campaign$;

comment on function _campaign_correct_sql() is
  'Template: brings the conversions of orders in line with their totals, refunds, cancellations and customers as they stand.';
revoke all on function _campaign_correct_sql() from public;
