create function _campaign_check_mapping() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  s _campaign_shop;
  v_argument record;
  v_type regtype;
begin
  select * into s from _campaign_shop;
  if _campaign_ask_as_owner(s.orders, format('select true from %s limit 1', _campaign_table_name(s.orders)), true) is null then
    raise info '% has no row yet: the mapping is tried on an empty one', _campaign_table_name(s.orders);
  end if;
  for v_argument in
    select * from (values
      ('order_id', s.order_key, s.order_key_type::text),
      ('order_customer', s.order_customer, s.customer_key_type::text),
      ('order_total', s.order_total, 'numeric'),
      ('order_currency', s.order_currency, 'text'),
      ('order_session', s.order_session, 'text'),
      ('order_placed_at', s.order_placed_at, 'timestamptz'),
      ('order_is_placed', s.order_is_placed, 'boolean'),
      ('order_is_cancelled', s.order_is_cancelled, 'boolean'),
      ('order_refunded', s.order_refunded, 'numeric')
    ) a (name, expression, target_type)
    where a.expression is not null
  loop
    v_type := _campaign_check_expression(s.orders, v_argument.expression, v_argument.name, v_argument.target_type);
    if v_argument.name = 'order_placed_at' and v_type in ('timestamp'::regtype, 'date'::regtype) then
      raise warning using
        message = format('order_placed_at => %L has no time zone: each session reads it in its own', s.order_placed_at),
        hint = format('Say which one it is in: order_placed_at => %L.', format('(%s) at time zone ''UTC''', s.order_placed_at));
    end if;
  end loop;
  if s.order_lines is not null then
    perform _campaign_check_expression(s.orders,
      format('select row(l.product_id::text, l.product_name::text, l.quantity::numeric, l.amount::numeric) from (%s) l (product_id, product_name, quantity, amount) limit 1',
        s.order_lines),
      'order_lines', null);
  end if;
end
$$;

comment on function _campaign_check_mapping() is
  'Checks every expression of the kept mapping against the shop''s tables. Error 22023 naming the argument that does not fit.';
revoke all on function _campaign_check_mapping() from public;
