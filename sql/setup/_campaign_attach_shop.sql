create function _campaign_attach_shop(
  orders regclass, customers regclass, order_id text, customer_id text, order_customer text, order_total text,
  order_currency text, order_session text, order_placed_at text, order_is_placed text, order_is_cancelled text,
  order_refunded text, order_lines text, order_parts jsonb, at text, add_columns boolean, same_orders boolean
) returns text
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_variable
declare
  v_before _campaign_shop;
  v_book _campaign_book;
  v_shop _campaign_shop;
begin
  lock table _campaign_shop in exclusive mode;
  select * into v_before from _campaign_shop;
  if v_before.orders <> orders and same_orders then
    perform campaign_uninstall();
    v_before := null;
  end if;
  if v_before.orders <> orders then
    raise exception using
      errcode = '55000',
      message = format('already attached to %s', _campaign_table_name(v_before.orders)),
      hint = 'Call campaign_uninstall() first; the recorded data stays.';
  end if;
  select * into v_book from _campaign_book;
  if v_book.orders <> orders and not same_orders and exists (select from campaign_conversions) then
    raise exception using
      errcode = '55000',
      message = format('the conversions on record are those of %s: the orders of %s may have the same keys', v_book.orders_name, _campaign_table_name(orders)),
      hint = 'If they are the same orders under the same keys, install with same_orders => true. To start anew: campaign_uninstall(keep_data => false).';
  end if;
  perform _campaign_check_table(orders, 'orders'), _campaign_check_table(customers, 'customers');
  if at is null or at not in ('insert', 'commit') then
    raise exception using errcode = '22023', message = format('at => %L: expected insert or commit', at);
  end if;

  v_shop.is_only_row := true;
  v_shop.orders := orders;
  v_shop.customers := customers;
  v_shop.attribute_at := at;
  v_shop.add_columns := coalesce(add_columns, true);
  v_shop.added_order_columns := coalesce(v_before.added_order_columns, '{}');
  v_shop.added_customer_columns := coalesce(v_before.added_customer_columns, '{}');
  v_shop.attached_at := coalesce(v_before.attached_at, now());
  if v_before.orders is not null then
    perform _campaign_detach();
  end if;
  if v_shop.add_columns then
    v_shop.added_order_columns := v_shop.added_order_columns || _campaign_add_columns(orders,
      case when order_session is null then array['session_id text'] else '{}' end || array['campaign_id uuid', 'visit_id uuid'],
      v_shop.added_order_columns);
    if _campaign_table_name(customers) is not null then
      -- 0.1.0 made one.
      execute format('drop index if exists %I.%I', (select relnamespace::regnamespace::name from pg_class where oid = customers),
        _campaign_index_name(customers, 'acquisition_campaign_id'));
    end if;
    v_shop.added_customer_columns := v_shop.added_customer_columns || _campaign_add_columns(customers, array[
      'acquisition_campaign_id uuid'], v_shop.added_customer_columns);
  end if;

  v_shop.order_key := _campaign_mapped(orders, _campaign_need(order_id, 'order_id'));
  v_shop.order_key_type := _campaign_key_type(orders, v_shop.order_key, 'order_id');
  v_shop.order_customer := _campaign_mapped(orders, order_customer);
  if customers is not null then
    v_shop.customer_key := _campaign_mapped(customers, _campaign_need(customer_id, 'customer_id'));
    v_shop.customer_key_type := _campaign_key_type(customers, v_shop.customer_key, 'customer_id');
  elsif v_shop.order_customer is not null then
    v_shop.customer_key_type := _campaign_key_type(orders, v_shop.order_customer, 'order_customer');
  else
    v_shop.customer_key_type := 'text'::regtype;
  end if;
  v_shop.order_total := _campaign_mapped(orders, _campaign_need(order_total, 'order_total'));
  v_shop.order_currency := _campaign_mapped(orders, order_currency);
  v_shop.order_session := _campaign_mapped(orders, coalesce(order_session, _campaign_session_column(orders)));
  v_shop.order_placed_at := _campaign_mapped(orders, _campaign_need(order_placed_at, 'order_placed_at'));
  v_shop.order_is_placed := _campaign_mapped(orders, order_is_placed);
  v_shop.order_is_cancelled := _campaign_mapped(orders, order_is_cancelled);
  v_shop.order_refunded := _campaign_mapped(orders, order_refunded);
  v_shop.order_lines := order_lines;
  v_shop.order_parts := _campaign_check_parts(orders, order_parts, v_shop.order_key_type);
  v_shop.orders_name := _campaign_table_name(orders);
  delete from _campaign_shop;
  insert into _campaign_shop (is_only_row, orders, customers, order_key, order_key_type, customer_key, customer_key_type,
    order_customer, order_total, order_currency, order_session, order_placed_at, order_is_placed, order_is_cancelled,
    order_refunded, order_lines, order_parts, attribute_at, add_columns, added_order_columns, added_customer_columns,
    attached_at, orders_name)
  values (true, v_shop.orders, v_shop.customers, v_shop.order_key, v_shop.order_key_type, v_shop.customer_key, v_shop.customer_key_type,
    v_shop.order_customer, v_shop.order_total, v_shop.order_currency, v_shop.order_session, v_shop.order_placed_at,
    v_shop.order_is_placed, v_shop.order_is_cancelled, v_shop.order_refunded, v_shop.order_lines, v_shop.order_parts,
    v_shop.attribute_at, v_shop.add_columns, v_shop.added_order_columns, v_shop.added_customer_columns,
    v_shop.attached_at, v_shop.orders_name);
  delete from _campaign_book;
  insert into _campaign_book (orders, orders_name) values (orders, v_shop.orders_name);

  perform _campaign_check_mapping();
  perform _campaign_set_key_types(v_shop.order_key_type, v_shop.customer_key_type);
  perform _campaign_attach();
  return format('pg_campaign %s: tables ready in schema %s, attached to %s%s', _campaign_version(), '@extschema@',
    _campaign_table_name(orders), coalesce(' and ' || _campaign_table_name(customers), ''));
end
$$;

comment on function _campaign_attach_shop(regclass, regclass, text, text, text, text, text, text, text, text, text, text, text, jsonb, text, boolean, boolean) is
  'Checks a mapping against the shop''s tables, keeps it, and attaches the shop.';
revoke all on function _campaign_attach_shop(regclass, regclass, text, text, text, text, text, text, text, text, text, text, text, jsonb, text, boolean, boolean) from public;
