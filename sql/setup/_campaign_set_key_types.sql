create function _campaign_set_key_types(order_key_type regtype, customer_key_type regtype) returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_column record;
begin
  for v_column in
    select c.oid::regclass as relation, a.attname, t.target
      from (values
        ('campaign_conversions', 'order_id', order_key_type),
        ('campaign_visits', 'attributed_order_id', order_key_type),
        ('campaign_conversions', 'customer_id', customer_key_type),
        ('campaign_visits', 'customer_id', customer_key_type),
        ('campaign_customer_sessions', 'customer_id', customer_key_type)
      ) t (table_name, column_name, target)
      join pg_class c on c.relname = t.table_name and c.relnamespace = '@extschema@'::regnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attname = t.column_name
     where a.atttypid <> t.target
  loop
    begin
      execute format('alter table %s alter column %I type %s using %I::text::%s',
        v_column.relation, v_column.attname, v_column.target, v_column.attname, v_column.target);
    exception
      when data_exception then
        raise exception using
          errcode = '55000',
          message = format('%s.%s holds keys of an earlier shop that are no %s', v_column.relation, v_column.attname, v_column.target),
          hint = 'Attach a shop with the same kind of keys, or start anew with campaign_uninstall(keep_data => false).';
    end;
  end loop;
end
$$;

comment on function _campaign_set_key_types(regtype, regtype) is
  'Gives the order and customer columns of the product''s tables the shop''s own key types. Error 55000 when recorded keys do not fit.';
revoke all on function _campaign_set_key_types(regtype, regtype) from public;
