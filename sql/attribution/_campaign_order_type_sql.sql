create function _campaign_order_type_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create type {schema}._campaign_order as (
  order_id {order_key_type},
  customer_id {customer_key_type},
  total numeric,
  currency text,
  own_session_id text,
  session_id text,
  placed_at timestamptz,
  is_placed boolean,
  is_cancelled boolean,
  refunded numeric,
  visit_id uuid
)
$template$
$campaign$;

comment on function _campaign_order_type_sql() is
  'Template of the type that holds what attribution needs to know of an order, whatever the shops table looks like.';
revoke all on function _campaign_order_type_sql() from public;
