create function campaign_refund(order_id text, amount numeric) returns void
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_conversion record;
begin
  perform _campaign_check_order(order_id);
  if (select order_refunded is not null from _campaign_shop) then
    raise exception using
      errcode = '55000',
      message = 'refunds are read from the shop''s own orders (order_refunded)',
      hint = 'Record the refund on the order.';
  end if;
  execute format('select id, order_total from campaign_conversions where order_id = $1::%s for update',
    (select order_key_type from _campaign_shop)) into v_conversion using order_id;
  if v_conversion.id is null then
    raise exception using errcode = 'P0002', message = format('order %s has no conversion', order_id);
  end if;
  if amount is null or amount < 0 or amount = 'NaN' or amount > greatest(v_conversion.order_total, 0) then
    raise exception using
      errcode = '22023',
      message = format('amount must be between 0 and the order''s total of %s', greatest(v_conversion.order_total, 0));
  end if;
  update campaign_conversions set refunded = amount where id = v_conversion.id;
end
$$;

comment on function campaign_refund(text, numeric) is
  'Records how much of an order''s total has been refunded so far, in the order''s currency; 0 takes a refund back. The amount replaces the one recorded before, so a repeated call counts once. Errors: P0002 the order has no conversion, 22023 an amount below 0 or above the total (above 0 when the total is below), 55000 when the mapping reads refunds from the orders.';
revoke all on function campaign_refund(text, numeric) from public;
grant execute on function campaign_refund(text, numeric) to campaign_admin;
