create function _campaign_check_parts(orders regclass, order_parts jsonb, order_key_type regtype) returns jsonb
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_part record;
  v_table regclass;
  v_order text;
  v_checked jsonb;
begin
  if order_parts is null then
    return null;
  end if;
  if jsonb_typeof(order_parts) <> 'object' then
    raise exception using
      errcode = '22023',
      message = 'order_parts must be an object',
      hint = 'Such as {"public.refunds": "order_id"}: each table with the column or expression that gives the key of the order.';
  end if;
  for v_part in select key as table_name, value as order_key from jsonb_each_text(order_parts) loop
    begin
      v_table := v_part.table_name::regclass;
    exception
      when others then
        raise exception using
          errcode = '22023',
          message = format('order_parts => %L is not a table: %s', v_part.table_name, sqlerrm),
          hint = 'Name the table with its schema.';
    end;
    perform _campaign_check_table(v_table, 'order_parts');
    -- What it says runs with the rights of the orders' owner, which another owner's types and casts must not get.
    if (select p.relowner <> o.relowner from pg_class p, pg_class o where p.oid = v_table and o.oid = orders) then
      raise exception using
        errcode = '22023',
        message = format('order_parts => %s belongs to another owner than %s', _campaign_table_name(v_table), _campaign_table_name(orders));
    end if;
    v_order := _campaign_mapped(v_table, _campaign_need(v_part.order_key, format('the order of order_parts => %s', v_part.table_name)));
    perform _campaign_check_expression(v_table, v_order, 'order_parts', order_key_type::text);
    v_checked := coalesce(v_checked, '{}') || jsonb_build_object(_campaign_table_name(v_table), v_order);
  end loop;
  return v_checked;
end
$$;

comment on function _campaign_check_parts(regclass, jsonb, regtype) is
  'order_parts with full table names and its orders'' keys as expressions. Error 22023 for a table that is none, for one of another owner than the orders, and for a key that does not fit it.';
revoke all on function _campaign_check_parts(regclass, jsonb, regtype) from public;
