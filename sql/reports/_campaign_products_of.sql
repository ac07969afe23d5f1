create function _campaign_products_of(order_ids text[])
returns table (order_id text, product_id text, product_name text, quantity numeric, amount numeric)
language plpgsql stable parallel unsafe security definer
set search_path = @extschema@, pg_temp
as $$
declare
  v_key_type text := _campaign_column_type('order_id');
begin
  if to_regprocedure(format('_campaign_order_lines(%s[])', v_key_type)) is null then
    return;
  end if;
  return query execute format(
    'select l.order_id::text, l.product_id, l.product_name, l.quantity, l.amount from _campaign_order_lines($1::%s[]) l', v_key_type
  ) using order_ids;
end
$$;

comment on function _campaign_products_of(text[]) is
'The lines of these orders as campaign_install mapped them; no rows when no shop, or no lines of it, are mapped. '
'Parallel unsafe because the mapped query is the shop''s own.';

revoke all on function _campaign_products_of(text[]) from public;
