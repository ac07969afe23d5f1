create function _campaign_correct_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
  update campaign_conversions c
     set order_total = n.total,
         refunded = case when {refunds_mapped} then n.refunded else c.refunded end,
         cancelled_at = case
           when not {cancellations_mapped} then c.cancelled_at
           when n.is_cancelled then coalesce(c.cancelled_at, now())
         end,
         customer_id = coalesce(c.customer_id, n.customer_id)
    from (select {order_facts} from {source}) n
   where c.order_id = n.order_id
     and (c.order_total <> n.total
       or ({refunds_mapped} and c.refunded <> n.refunded)
       or ({cancellations_mapped} and (c.cancelled_at is not null) <> n.is_cancelled)
       or (c.customer_id is null and n.customer_id is not null));
$template$
$campaign$;

comment on function _campaign_correct_sql() is
  'Template: brings the conversions of the orders of {source} in line with their totals, refunds, cancellations and customers.';
revoke all on function _campaign_correct_sql() from public;
