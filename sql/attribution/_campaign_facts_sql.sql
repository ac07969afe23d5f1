create function _campaign_facts_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
      ({order_key})::{order_key_type} as order_id,
      ({order_customer})::{customer_key_type} as customer_id,
      coalesce(({order_total})::numeric, 0) as total,
      nullif(upper(btrim(({order_currency})::text)), '') as currency,
      nullif(({order_session})::text, '') as own_session_id,
      {order_session_id} as session_id,
      coalesce(({order_placed_at})::timestamptz, now()) as placed_at,
      coalesce(({order_is_placed})::boolean, false) as is_placed,
      coalesce(({order_is_cancelled})::boolean, false) as is_cancelled,
      greatest(coalesce(({order_refunded})::numeric, 0), 0) as refunded,
      {order_visit} as visit_id$template$
$campaign$;

comment on function _campaign_facts_sql() is
  'The select list that turns a shops order row o into a _campaign_order. An orders session is its own, else the transactions setting campaign.session_id.';
revoke all on function _campaign_facts_sql() from public;
