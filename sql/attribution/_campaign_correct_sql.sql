create function _campaign_correct_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  with parts as (
    select $set$order_total = p.total,
         refunded = case when {refunds_mapped} then p.refunded else c.refunded end,
         cancelled_at = case when p.is_cancelled then coalesce(c.cancelled_at, now()) end,
         customer_id = coalesce(c.customer_id, p.customer_id)$set$ as correct,
    $where$where c.order_id = p.order_id
     and (c.order_total <> p.total
       or ({refunds_mapped} and c.refunded <> p.refunded)
       or (c.cancelled_at is not null) <> p.is_cancelled
       or (c.customer_id is null and p.customer_id is not null))$where$ as wrong
  )
  select replace(replace(replace(replace($template$
create function {schema}._campaign_correct(p_orders {schema}._campaign_order[]) returns void
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  v_order {schema}._campaign_order;
begin
  if cardinality(p_orders) = 1 then
    -- As when orders are credited: one by one they want a small statement.
    v_order := p_orders[1];
    update campaign_conversions c
       set {correct_one}
     {wrong_one};
  else
    update campaign_conversions c
       set {correct}
      from unnest(p_orders) p
     {wrong};
  end if;
end
$function$
$template$,
    '{correct}', correct),
    '{wrong}', wrong),
    '{correct_one}', replace(correct, 'p.', 'v_order.')),
    '{wrong_one}', replace(wrong, 'p.', 'v_order.'))
    from parts
$campaign$;

comment on function _campaign_correct_sql() is
  'Template: brings the conversions of orders in line with their totals, refunds, cancellations and customers as they stand.';
revoke all on function _campaign_correct_sql() from public;
