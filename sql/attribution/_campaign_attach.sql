create function _campaign_attach() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  s _campaign_shop;
  v_trigger record;
  -- Statement triggers with transition tables serve bulk loads best, but a statement that names a partition fires only
  -- that partition's: row triggers are given to each partition, also to later ones.
  v_by_row boolean;
begin
  select * into strict s from _campaign_shop;
  select relkind = 'p' or relispartition into strict v_by_row from pg_class where oid = s.orders;
  -- PostgreSQL fires triggers in the order of their names: ours come after the shop's own.
  for v_trigger in
    select t.name, t.definition, _campaign_table_name(o.relation) as table_name
      from (values
        ('zz_campaign_100_credit', 'insert' = s.attribute_at and s.add_columns,
          'create trigger %I before insert on %s for each row execute function @extschema@._campaign_credit_order()'),
        ('zz_campaign_150_move', v_by_row,
          'create trigger %I before update on %s for each row execute function @extschema@._campaign_credit_order()'),
        ('zz_campaign_200_convert', 'insert' = s.attribute_at and not v_by_row,
          'create trigger %I after insert on %s referencing new table as campaign_new_orders for each statement execute function @extschema@._campaign_follow_orders()'),
        ('zz_campaign_300_follow', 'insert' = s.attribute_at and not v_by_row,
          'create trigger %I after update on %s referencing old table as campaign_old_orders new table as campaign_new_orders for each statement execute function @extschema@._campaign_follow_orders()'),
        ('zz_campaign_400_queue', 'commit' = s.attribute_at,
          'create trigger %I after insert or update on %s for each row execute function @extschema@._campaign_queue_order()'),
        ('zz_campaign_450_row', 'insert' = s.attribute_at and v_by_row,
          'create trigger %I after insert or update on %s for each row execute function @extschema@._campaign_follow_order()'),
        ('zz_campaign_500_cancel', v_by_row,
          'create trigger %I after delete on %s for each row execute function @extschema@._campaign_follow_order()'),
        ('zz_campaign_500_cancel', not v_by_row,
          'create trigger %I after delete on %s referencing old table as campaign_old_orders for each statement execute function @extschema@._campaign_follow_orders()'),
        ('zz_campaign_600_cancel_all', true,
          'create trigger %I after truncate on %s for each statement execute function @extschema@._campaign_follow_orders()'),
        ('zz_campaign_900_settle', 'commit' = s.attribute_at,
          'create constraint trigger %I after insert or update on %s deferrable initially deferred for each row when (not @extschema@._campaign_is_marking()) execute function @extschema@._campaign_settle_orders()')
      ) t (name, is_wanted, definition)
     cross join _campaign_order_tables(s.orders) o
     where t.is_wanted
    union all
    select t.name, t.definition, p.table_name
      from (values
        ('zz_campaign_700_part',
          'create trigger %I after insert or update or delete on %s for each row execute function @extschema@._campaign_queue_order()'),
        ('zz_campaign_900_settle',
          'create constraint trigger %I after insert or update or delete on %s deferrable initially deferred for each row execute function @extschema@._campaign_settle_orders()')
      ) t (name, definition)
     cross join _campaign_order_parts() p
  loop
    execute format(v_trigger.definition, v_trigger.name, v_trigger.table_name);
    execute format('alter trigger %I on %s depends on extension pg_campaign', v_trigger.name, v_trigger.table_name);
  end loop;
  perform _campaign_create_views();
end
$$;

comment on function _campaign_attach() is
  'Puts the triggers on the tables of the shop described in _campaign_shop, and creates the views that stand in for columns.';
revoke all on function _campaign_attach() from public;
