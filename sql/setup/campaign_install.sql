create function campaign_install(
  orders regclass default null,
  customers regclass default null,
  order_id text default 'id',
  customer_id text default 'id',
  order_customer text default 'customer_id',
  order_total text default 'total',
  order_currency text default null,
  order_session text default null,
  order_placed_at text default 'created_at',
  order_is_placed text default null,
  order_is_cancelled text default null,
  order_refunded text default null,
  order_lines text default null,
  order_parts jsonb default null,
  at text default 'insert',
  add_columns boolean default true,
  same_orders boolean default false
) returns text
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
set client_min_messages = warning
as $$
begin
  perform _campaign_check_closed();
  -- The shop's table first, as the triggers of its orders do: or an order and an install could wait for each other.
  if orders is not null and _campaign_table_name(orders) is not null then
    execute format('lock table %s in access exclusive mode', _campaign_table_name(orders));
  elsif to_regclass('@extschema@._campaign_shop') is not null then
    perform _campaign_lock_orders();
  end if;
  perform _campaign_create_tables();
  if orders is not null then
    return _campaign_attach_shop(
      orders, customers, order_id, customer_id, order_customer, order_total, order_currency, order_session,
      order_placed_at, order_is_placed, order_is_cancelled, order_refunded, order_lines, order_parts, at, add_columns, coalesce(same_orders, false));
  end if;
  if customers is not null then
    raise exception using errcode = '22023', message = 'customers needs orders: attach both, or neither';
  end if;
  return _campaign_renew_shop();
end
$$;

comment on function campaign_install(regclass, regclass, text, text, text, text, text, text, text, text, text, text, text, jsonb, text, boolean, boolean) is
  'Creates or migrates the product''s tables and, given the shop''s orders table, attaches it by triggers. Each order_* argument is a column of orders or an SQL expression over its row o (other tables named with their schema); order_lines is a query over o giving (product_id, product_name, quantity, amount). order_parts names other tables whose changes change an order, each (with its schema) with the order''s key as a column or an expression over that table''s row o: {"public.refunds": "order_id"}; a change there has the order read again at COMMIT. Every expression is tried as the table''s owner before it is kept. same_orders says that the table holds the orders of the one attached before under the same keys, as after a swap of tables. at is insert (the total is known when the order is inserted) or commit. Idempotent: call it again after ALTER EXTENSION UPDATE, or to change the mapping. Errors: 22023 for an argument that does not fit the tables, 55000 when another shop is attached, when conversions of another table are on record, or when a table has a column of its own by the name of one of ours. Needs the right to alter the shop''s tables.';
revoke all on function campaign_install(regclass, regclass, text, text, text, text, text, text, text, text, text, text, text, jsonb, text, boolean, boolean) from public;
