-- Attaches the demo shop to pg_campaign: from now on every order is attributed in its own transaction.
select campaign.campaign_install(
  orders             => 'demo.orders',
  customers          => 'demo.customers',
  order_total        => 'total',
  order_currency     => 'currency',
  order_is_cancelled => $$o.status = 'cancelled'$$,
  order_refunded     => 'refunded',
  order_lines        => 'select l.product_id, l.product_name, l.quantity, l.amount from demo.order_lines l where l.order_id = o.id'
);

-- Analysts join reports with the shop's tables; the demo's checkout is open to every visitor, as the tracking is.
grant usage on schema demo to campaign_analyst, campaign_tracker;
grant select on all tables in schema demo to campaign_analyst;
grant execute on function demo.place_order(uuid, jsonb, uuid, uuid, text, timestamptz) to campaign_tracker;

\ir storefront.sql
