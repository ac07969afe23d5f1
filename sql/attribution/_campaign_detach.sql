create function _campaign_detach() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_trigger record;
  v_function regprocedure;
begin
  for v_trigger in
    select t.tgname, t.tgrelid
      from pg_trigger t
      join pg_proc p on p.oid = t.tgfoid and p.pronamespace = '@extschema@'::regnamespace
     where t.tgrelid = (select orders from _campaign_shop)
       and t.tgparentid = 0 and t.tgname like 'zz\_campaign\_%'
  loop
    execute format('drop trigger %I on %s', v_trigger.tgname, _campaign_table_name(v_trigger.tgrelid));
  end loop;
  for v_function in
    select oid::regprocedure from pg_proc
     where pronamespace = '@extschema@'::regnamespace
       and proname in ('_campaign_order_lines', '_campaign_acquire', '_campaign_forget_orders', '_campaign_forget_customers',
         '_campaign_mark_order', '_campaign_attribute_order',
         '_campaign_reconcile_order', '_campaign_credit_order', '_campaign_convert_orders', '_campaign_correct_orders',
         '_campaign_cancel_orders', '_campaign_convert_at_commit')
  loop
    execute format('drop function %s', v_function);
  end loop;
end
$$;

comment on function _campaign_detach() is 'Drops the triggers on the attached shop''s tables and the functions written for it.';
revoke all on function _campaign_detach() from public;
