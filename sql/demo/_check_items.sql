create or replace function demo._check_items(items jsonb)
returns void
language plpgsql
stable
parallel safe
set search_path = demo, pg_temp
as $$
declare
  v_item    jsonb;
  v_no      bigint;
  v_field   text;
  v_product demo.products;
begin
  if items is null or jsonb_typeof(items) <> 'array' or jsonb_array_length(items) = 0 then
    raise exception using errcode = '22023', message = 'an order needs items',
      hint = 'items is a list of {"product_id": ..., "quantity": ...}.';
  end if;
  if jsonb_array_length(items) > 100 then
    raise exception using errcode = '22023', message = format('an order has at most 100 items, not %s', jsonb_array_length(items));
  end if;

  for v_item, v_no in select item.value, item.no from jsonb_array_elements(items) with ordinality as item (value, no) loop
    if jsonb_typeof(v_item) <> 'object' then
      raise exception using errcode = '22023', message = format('item %s is not an object', v_no),
        hint = 'An item is {"product_id": ..., "quantity": ...}.';
    end if;

    select min(key) into v_field from jsonb_object_keys(v_item) as key where key not in ('product_id', 'quantity');
    if v_field is not null then
      raise exception using errcode = '22023', message = format('item %s has an unknown field: %s', v_no, v_field),
        hint = 'An item has product_id and quantity.';
    end if;

    if jsonb_typeof(v_item -> 'product_id') is distinct from 'string'
       or (v_item ->> 'product_id') !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then
        raise exception using errcode = '22023', message = format('product_id of item %s is not a UUID', v_no);
    end if;

    -- Two tests, because the second one would fail on what the first one finds.
    if jsonb_typeof(v_item -> 'quantity') is distinct from 'number' then
      raise exception using errcode = '22023', message = format('quantity of item %s is not a number', v_no);
    end if;
    if (v_item ->> 'quantity')::numeric not between 1 and 1000 or (v_item ->> 'quantity')::numeric % 1 <> 0 then
      raise exception using errcode = '22023', message = format('quantity of item %s is not a whole number from 1 to 1000', v_no);
    end if;

    select * into v_product from products where id = (v_item ->> 'product_id')::uuid;
    if not found then
      raise exception using errcode = 'P0002', message = format('no such product: %s', v_item ->> 'product_id');
    end if;
    if not v_product.is_active then
      raise exception using errcode = '22023', message = format('%s is not for sale any more', v_product.name);
    end if;
  end loop;
end
$$;

comment on function demo._check_items(jsonb) is
  'Raises unless items is a list of 1 to 100 {"product_id": uuid, "quantity": 1 to 1000} of products on sale: P0002 for an unknown product, else 22023.';
revoke all on function demo._check_items(jsonb) from public;
