-- The shop's own order entry. The session id is all it knows of campaigns: it goes into orders.session_id, a column that
-- campaign_install() adds, so place_order() works from then on.
create or replace function demo.place_order(
  customer_id         uuid,
  items               jsonb,
  shipping_address_id uuid,
  billing_address_id  uuid default null,
  session_id          text default null,
  placed_at           timestamptz default now()
)
returns jsonb
language plpgsql
volatile
parallel unsafe
security definer
set search_path = demo, pg_temp
as $$
#variable_conflict use_column
declare
  v_address  demo.addresses;
  v_subtotal numeric;
  v_tax      numeric;
  v_shipping numeric;
  v_order    record;
begin
  if placed_at is null or not isfinite(placed_at) or placed_at > clock_timestamp() then
    raise exception using errcode = '22023', message = 'placed_at is not a time that has passed',
      hint = 'Leave placed_at out to place the order now.';
  end if;
  perform _check_customer(place_order.customer_id);
  perform _check_items(items);
  perform _check_address(place_order.customer_id, place_order.shipping_address_id, 'shipping_address_id');
  perform _check_address(place_order.customer_id, coalesce(place_order.billing_address_id, place_order.shipping_address_id), 'billing_address_id');

  select * into v_address from addresses where id = place_order.shipping_address_id;

  select sum(products.price * (item.value ->> 'quantity')::numeric::integer)
  into v_subtotal
  from jsonb_array_elements(items) as item
  join products on products.id = (item.value ->> 'product_id')::uuid;

  v_tax := round(v_subtotal * _tax_rate(v_address.country, v_address.region), 2);
  v_shipping := _shipping_fee(v_address.country, v_subtotal);

  -- The total is final in the first and only write of the row: attribution takes the revenue from there.
  insert into orders (customer_id, status, subtotal, tax, shipping, total, shipping_address_id, billing_address_id, session_id, created_at)
  values (place_order.customer_id, 'paid', v_subtotal, v_tax, v_shipping, v_subtotal + v_tax + v_shipping,
          place_order.shipping_address_id, coalesce(place_order.billing_address_id, place_order.shipping_address_id),
          place_order.session_id, placed_at)
  returning * into v_order;

  insert into order_lines (order_id, line_no, product_id, product_name, quantity, unit_price, amount)
  select v_order.id, item.line_no, products.id, products.name,
         (item.value ->> 'quantity')::numeric::integer, products.price, products.price * (item.value ->> 'quantity')::numeric::integer
  from jsonb_array_elements(items) with ordinality as item (value, line_no)
  join products on products.id = (item.value ->> 'product_id')::uuid;

  return jsonb_build_object(
    'id', v_order.id,
    'order_number', v_order.order_number,
    'customer_id', v_order.customer_id,
    'campaign_id', v_order.campaign_id,
    'visit_id', v_order.visit_id,
    'status', v_order.status,
    'subtotal', v_order.subtotal,
    'tax', v_order.tax,
    'shipping', v_order.shipping,
    'total', v_order.total,
    'currency', v_order.currency,
    'items', (
      select jsonb_agg(jsonb_build_object(
        'product_id', product_id, 'product_name', product_name, 'quantity', quantity,
        'unit_price', unit_price, 'amount', amount) order by line_no)
      from order_lines
      where order_id = v_order.id),
    'created_at', v_order.created_at);
end
$$;

comment on function demo.place_order(uuid, jsonb, uuid, uuid, text, timestamptz) is
  'Places a paid order of items [{"product_id": uuid, "quantity": 1 to 1000}, ...] at today''s prices and returns it as JSON. Tax follows the shipping address, shipping is free above its country''s threshold; without a billing address the shipping address is billed. session_id may be null. Errors: unknown customer, product or address P0002, anything else wrong 22023.';
revoke all on function demo.place_order(uuid, jsonb, uuid, uuid, text, timestamptz) from public;
