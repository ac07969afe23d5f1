create function _campaign_attach() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  s _campaign_shop;
  v_made record;
  v_function regprocedure;
  v_trigger record;
  -- Statement triggers with transition tables serve bulk loads best, but a statement that names a partition fires only
  -- that partition's: row triggers are given to each partition, also to later ones.
  v_by_row boolean;
begin
  select * into strict s from _campaign_shop;
  select relkind = 'p' or relispartition into strict v_by_row from pg_class where oid = s.orders;
  execute _campaign_fill(_campaign_order_type_sql());

  -- Whatever evaluates the shop's expressions or writes its tables runs as the owner of that table: neither side can
  -- act with the rights of the other.
  for v_made in
    select * from (values
      ('_campaign_last_touch', _campaign_last_touch_sql(), null::regclass),
      ('_campaign_correct', _campaign_correct_sql(), null),
      ('_campaign_convert', _campaign_convert_sql(), null),
      ('_campaign_cancel', _campaign_cancel_sql(), null),
      ('_campaign_attribute_order', _campaign_attribute_order_sql(), null),
      ('_campaign_reconcile_order', _campaign_reconcile_order_sql(), null),
      ('_campaign_remark_orders', _campaign_remark_orders_sql(), null),
      ('_campaign_backfill_orders', _campaign_backfill_orders_sql(), null),
      ('_campaign_read_orders', _campaign_read_orders_sql(), s.orders),
      ('_campaign_orders_placed', _campaign_orders_placed_sql(), s.orders),
      ('_campaign_mark_order', _campaign_mark_order_sql(), s.orders),
      ('_campaign_forget_orders', _campaign_forget_orders_sql(), s.orders),
      ('_campaign_order_lines', _campaign_order_lines_sql(), s.orders),
      ('_campaign_credit_order', _campaign_credit_order_sql(), s.orders),
      ('_campaign_convert_orders', _campaign_convert_orders_sql(), s.orders),
      ('_campaign_correct_orders', _campaign_correct_orders_sql(), s.orders),
      ('_campaign_cancel_orders', _campaign_cancel_orders_sql(), s.orders),
      ('_campaign_convert_at_commit', _campaign_convert_at_commit_sql(), s.orders),
      ('_campaign_follow_order', _campaign_follow_order_sql(), s.orders),
      ('_campaign_acquire', _campaign_acquire_sql(), coalesce(s.customers, s.orders)),
      ('_campaign_forget_customers', _campaign_forget_customers_sql(), coalesce(s.customers, s.orders))
    ) m (name, template, runs_for)
    union all
    select p.function_name,
           replace(replace(_campaign_follow_part_sql(), '{part_function}', p.function_name), '{part_order}', p.order_key), s.orders
      from _campaign_order_parts() p
  loop
    execute _campaign_fill(v_made.template);
    v_function := _campaign_function(v_made.name);
    execute format('revoke all on function %s from public', v_function);
    execute format('comment on function %s is %L', v_function, 'Written by campaign_install for ' || _campaign_table_name(s.orders));
    execute format('alter function %s depends on extension pg_campaign', v_function);
    if v_made.runs_for is not null then
      perform _campaign_hand_over(v_function, v_made.runs_for);
    end if;
  end loop;
  update _campaign_shop set granted_usage = _campaign_let_call(s.orders, array['_campaign_last_touch', '_campaign_convert',
    '_campaign_correct', '_campaign_cancel', '_campaign_remark_orders', '_campaign_reconcile_safely', '_campaign_survive',
    '_campaign_match_customer', '_campaign_check_time', '_campaign_other_triggers']);

  for v_trigger in
    select t.name, t.definition, _campaign_table_name(s.orders) as table_name from (values
      ('zz_campaign_100_credit', 'insert' = s.attribute_at and s.add_columns,
        'create trigger %I before insert on %s for each row execute function @extschema@._campaign_credit_order()'),
      ('zz_campaign_200_convert', 'insert' = s.attribute_at and not v_by_row,
        'create trigger %I after insert on %s referencing new table as campaign_new_orders for each statement execute function @extschema@._campaign_convert_orders()'),
      ('zz_campaign_300_correct', 'insert' = s.attribute_at and not v_by_row,
        'create trigger %I after update on %s referencing old table as campaign_old_orders new table as campaign_new_orders for each statement execute function @extschema@._campaign_correct_orders()'),
      ('zz_campaign_400_commit', 'commit' = s.attribute_at,
        'create constraint trigger %I after insert or update on %s deferrable initially deferred for each row execute function @extschema@._campaign_convert_at_commit()'),
      ('zz_campaign_450_follow', 'insert' = s.attribute_at and v_by_row,
        'create trigger %I after insert or update on %s for each row execute function @extschema@._campaign_follow_order()'),
      ('zz_campaign_500_cancel', v_by_row,
        'create trigger %I after delete on %s for each row execute function @extschema@._campaign_follow_order()'),
      ('zz_campaign_500_cancel', not v_by_row,
        'create trigger %I after delete on %s referencing old table as campaign_old_orders for each statement execute function @extschema@._campaign_cancel_orders()'),
      ('zz_campaign_600_cancel_all', true,
        'create trigger %I after truncate on %s for each statement execute function @extschema@._campaign_cancel_orders()')
    ) t (name, is_wanted, definition)
    where is_wanted
    union all
    select 'zz_campaign_700_part',
           replace('create constraint trigger %I after insert or update or delete on %s deferrable initially deferred for each row execute function @extschema@.{function}()',
             '{function}', p.function_name),
           p.table_name
      from _campaign_order_parts() p
  loop
    execute format(v_trigger.definition, v_trigger.name, v_trigger.table_name);
    execute format('alter trigger %I on %s depends on extension pg_campaign', v_trigger.name, v_trigger.table_name);
  end loop;
  perform _campaign_create_views();
end
$$;

comment on function _campaign_attach() is
  'Writes the functions and triggers that tie the shop described in _campaign_shop to the product. Triggers fire after the shop''s own: PostgreSQL orders them by name.';
revoke all on function _campaign_attach() from public;
