create function _campaign_detach() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_trigger record;
  v_function record;
  v_owner name;
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

  select pg_get_userbyid(proowner) into v_owner from pg_proc where oid = _campaign_function('_campaign_credit_order');
  for v_function in
    select oid::regprocedure as signature from pg_proc
     where pronamespace = '@extschema@'::regnamespace
       and proname in ('_campaign_last_touch', '_campaign_correct', '_campaign_convert', '_campaign_cancel',
         '_campaign_attribute_order', '_campaign_reconcile_order', '_campaign_read_order', '_campaign_mark_order',
         '_campaign_forget_orders', '_campaign_order_lines', '_campaign_credit_order', '_campaign_convert_orders',
         '_campaign_correct_orders', '_campaign_cancel_orders', '_campaign_convert_at_commit', '_campaign_acquire',
         '_campaign_forget_customers')
  loop
    execute format('drop function %s', v_function.signature);
  end loop;
  drop type if exists _campaign_order;

  if v_owner <> current_user then
    execute format('revoke usage on schema @extschema@ from %I', v_owner);
    execute format('revoke execute on function %s, %s, %s from %I', _campaign_function('_campaign_reconcile_safely'),
      _campaign_function('_campaign_survive'), _campaign_function('_campaign_match_customer'), v_owner);
  end if;
end
$$;

comment on function _campaign_detach() is
  'Drops the triggers on the attached shop''s tables and all that was written for it, and takes back what its owner was granted.';
revoke all on function _campaign_detach() from public;
