create function _campaign_attach() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  s _campaign_shop;
  v_template text;
  v_name text;
  v_trigger record;
begin
  select * into strict s from _campaign_shop;

  foreach v_template in array array[
    replace(_campaign_order_lines_sql(), '{order_lines_query}', case
      when s.order_lines is null then
        'select null::{order_key_type}, null::text, null::text, null::numeric, null::numeric where false'
      else
        'select ({order_key})::{order_key_type}, l.product_id::text, l.product_name::text, l.quantity::numeric, l.amount::numeric
           from {orders} o
          cross join lateral ({order_lines}) l (product_id, product_name, quantity, amount)
          where ({order_key}) = any (p_order_ids)'
    end),
    replace(_campaign_acquire_sql(), '{acquire}', case
      when s.customers is null or not s.add_columns then 'null;'
      else
        'for v_place in 1 .. cardinality(p_customers) loop
    update {customers} o
       set acquisition_campaign_id = p_campaigns[v_place]
     where ({customer_key}) = p_customers[v_place] and o.acquisition_campaign_id is null;
  end loop;'
    end),
    replace(_campaign_mark_order_sql(), '{mark_order}', case
      when not s.add_columns then 'null;'
      else
        'update {orders} o
            set campaign_id = p_campaign_id, visit_id = p_visit_id
          where ({order_key}) = p_order_id and (o.campaign_id, o.visit_id) is distinct from (p_campaign_id, p_visit_id);'
    end),
    replace(_campaign_attribute_order_sql(), '{convert_one}',
      _campaign_convert_template(
        source => '{orders} o where ({order_key}) = v_order_id',
        credited_visit => '',
        touch => replace(_campaign_last_touch_sql(), 'p.session_id', 'coalesce(p_session_id, p.session_id)'))),
    replace(_campaign_forget_orders_sql(), '{forget}', case
      when not s.add_columns then 'null;'
      else 'update {orders} o set campaign_id = null, visit_id = null where o.campaign_id = any (p_campaigns);'
    end),
    replace(_campaign_forget_customers_sql(), '{forget}', case
      when s.customers is null or not s.add_columns then 'null;'
      else 'update {customers} o set acquisition_campaign_id = null where o.acquisition_campaign_id = any (p_campaigns);'
    end),
    replace(_campaign_reconcile_order_sql(), '{correct_one}',
      replace(_campaign_correct_sql(), '{source}', '{orders} o where ({order_key}) = v_order_id')),
    _campaign_credit_order_sql(),
    replace(_campaign_convert_orders_sql(), '{convert_inserted}',
      _campaign_convert_template(
        source => 'campaign_new_orders o',
        credited_visit => case when s.add_columns then ', o.visit_id as credited_visit_id' else '' end,
        touch => case when s.add_columns then _campaign_credited_touch_sql() else '{last_touch}' end)),
    replace(_campaign_correct_orders_sql(), '{correct_updated}',
      replace(_campaign_correct_sql(), '{source}', 'campaign_new_orders o')),
    _campaign_cancel_orders_sql(),
    _campaign_convert_at_commit_sql()
  ] loop
    execute _campaign_fill(v_template);
    v_name := substring(v_template from 'create function \{schema\}\.(\w+)');
    execute (
      select format('revoke all on function %1$s from public;
          comment on function %1$s is %2$L;
          alter function %1$s depends on extension pg_campaign',
          oid::regprocedure,
          'Written by campaign_install for ' || _campaign_table_name(s.orders))
        from pg_proc where proname = v_name and pronamespace = '@extschema@'::regnamespace);
  end loop;
  perform _campaign_hand_over('_campaign_mark_order', s.orders), _campaign_hand_over('_campaign_forget_orders', s.orders),
    _campaign_hand_over('_campaign_acquire', s.customers), _campaign_hand_over('_campaign_forget_customers', s.customers);

  for v_trigger in
    select * from (values
      ('zz_campaign_100_credit', 'insert' = s.attribute_at and s.add_columns,
        'create trigger %I before insert on %s for each row execute function %I._campaign_credit_order()'),
      ('zz_campaign_200_convert', 'insert' = s.attribute_at,
        'create trigger %I after insert on %s referencing new table as campaign_new_orders for each statement execute function %I._campaign_convert_orders()'),
      ('zz_campaign_300_correct', 'insert' = s.attribute_at,
        'create trigger %I after update on %s referencing old table as campaign_old_orders new table as campaign_new_orders for each statement execute function %I._campaign_correct_orders()'),
      ('zz_campaign_400_commit', 'commit' = s.attribute_at,
        'create constraint trigger %I after insert or update on %s deferrable initially deferred for each row execute function %I._campaign_convert_at_commit()'),
      ('zz_campaign_500_cancel', true,
        'create trigger %I after delete on %s referencing old table as campaign_old_orders for each statement execute function %I._campaign_cancel_orders()'),
      ('zz_campaign_600_cancel_all', true,
        'create trigger %I after truncate on %s for each statement execute function %I._campaign_cancel_orders()')
    ) t (name, wanted, definition)
    where wanted
  loop
    execute format(v_trigger.definition, v_trigger.name, _campaign_table_name(s.orders), '@extschema@');
    execute format('alter trigger %I on %s depends on extension pg_campaign', v_trigger.name, _campaign_table_name(s.orders));
  end loop;
end
$$;

comment on function _campaign_attach() is
  'Writes the functions and triggers that tie the shop described in _campaign_shop to the product. Triggers fire after the shop''s own: PostgreSQL orders them by name.';
revoke all on function _campaign_attach() from public;
