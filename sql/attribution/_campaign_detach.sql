create function _campaign_detach() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_trigger record;
begin
  drop view if exists campaign_attached_orders, campaign_attached_customers;
  for v_trigger in
    select t.tgname, _campaign_table_name(t.tgrelid) as table_name
      from pg_trigger t
      join pg_proc p on p.oid = t.tgfoid and p.pronamespace = '@extschema@'::regnamespace
     where t.tgparentid = 0 and t.tgname like 'zz\_campaign\_%'
  loop
    execute format('drop trigger %I on %s', v_trigger.tgname, v_trigger.table_name);
  end loop;
end
$$;

comment on function _campaign_detach() is 'Drops the triggers on the attached shop''s tables, and the views that stand in for columns.';
revoke all on function _campaign_detach() from public;
