create function _campaign_check_mapping() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  s _campaign_shop;
  v_argument record;
begin
  select * into s from _campaign_shop;
  for v_argument in
    select * from (values
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
    perform _campaign_check_expression(s.orders, v_argument.expression, v_argument.name);
    perform _campaign_check_expression(s.orders,
      format('(%s)::%s', v_argument.expression, v_argument.target_type), v_argument.name);
  end loop;
  if _campaign_check_expression(s.orders, s.order_placed_at, 'order_placed_at') in ('timestamp'::regtype, 'date'::regtype) then
    raise warning using
      message = format('order_placed_at => %L has no time zone: each session reads it in its own', s.order_placed_at),
      hint = format('Say which one it is in: order_placed_at => %L.', format('(%s) at time zone ''UTC''', s.order_placed_at));
  end if;
  if s.order_lines is not null then
    perform _campaign_check_expression(s.orders,
      format('select row(l.product_id::text, l.product_name::text, l.quantity::numeric, l.amount::numeric) from (%s) l (product_id, product_name, quantity, amount)',
        s.order_lines),
      'order_lines');
  end if;
end
$$;

comment on function _campaign_check_mapping() is
  'Checks every expression of the kept mapping against the shop''s tables. Error 22023 naming the argument that does not fit.';
revoke all on function _campaign_check_mapping() from public;
