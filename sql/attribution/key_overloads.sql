-- Shops key their orders and customers by uuid, by number or by text. The functions above take text; this gives each
-- one its uuid and bigint forms, so that campaign_attribute(orders.id, ...) needs no cast.
do $$
declare
  v_function record;
  v_key text;
  v_signature text;
  v_role name;
begin
  for v_function in
    select p.oid, p.proname, p.provolatile, obj_description(p.oid, 'pg_proc') as description,
           pg_get_function_arguments(p.oid) as arguments,
           pg_get_function_identity_arguments(p.oid) as identity,
           pg_get_function_result(p.oid) as result,
           (select string_agg(case when place = key_place then format('%I::text', name) else quote_ident(name) end, ', ' order by place)
              from unnest(p.proargnames) with ordinality a (name, place)
             where place <= p.pronargs) as call,
           p.proargnames[key_place] as key_name,
           p.proacl
      from (values
        ('campaign_attribute', 1), ('campaign_refund', 1), ('campaign_order_source', 1),
        ('campaign_customer_acquisition', 1), ('campaign_customer_history', 1), ('campaign_identify', 2)
      ) k (name, key_place)
      join pg_proc p on p.proname = k.name and p.pronamespace = '@extschema@'::regnamespace
  loop
    foreach v_key in array array['uuid', 'bigint'] loop
      execute format('create function %I(%s) returns %s language sql %s parallel unsafe set search_path = @extschema@, pg_temp as %L',
        v_function.proname,
        replace(v_function.arguments, v_function.key_name || ' text', v_function.key_name || ' ' || v_key),
        v_function.result,
        case v_function.provolatile when 's' then 'stable' else 'volatile' end,
        case when v_function.result like 'TABLE%' then 'select * from ' else 'select ' end
          || format('%I(%s)', v_function.proname, v_function.call));
      v_signature := format('%I(%s)', v_function.proname,
        replace(v_function.identity, v_function.key_name || ' text', v_function.key_name || ' ' || v_key));
      execute format('comment on function %s is %L', v_signature, v_function.description);
      execute format('revoke all on function %s from public', v_signature);
      for v_role in
        select grantee::regrole::name from aclexplode(v_function.proacl)
         where privilege_type = 'EXECUTE' and grantee::regrole::text like 'campaign\_%'
      loop
        execute format('grant execute on function %s to %I', v_signature, v_role);
      end loop;
    end loop;
  end loop;
end
$$;
