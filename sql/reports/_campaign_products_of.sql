create function _campaign_products_of(order_ids text[])
returns table (order_id text, product_id text, product_name text, quantity numeric, amount numeric)
language plpgsql stable parallel unsafe security definer
set search_path = @extschema@, pg_temp
as $$
begin
  return query select l.order_id, l.product_id, l.product_name, l.quantity, l.amount from _campaign_order_lines(order_ids) l;
end
$$;

comment on function _campaign_products_of(text[]) is
'The lines of these orders as campaign_install mapped them; no rows when no shop, or no lines of it, are mapped. '
'Parallel unsafe because the mapped query is the shop''s own.';

revoke all on function _campaign_products_of(text[]) from public;
