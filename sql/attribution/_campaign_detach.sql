create function _campaign_detach() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_trigger record;
  v_function record;
  v_owner name;
  v_granted_usage boolean := (select granted_usage from _campaign_shop);
begin
  drop view if exists campaign_attached_orders, campaign_attached_customers;
  for v_trigger in
    select t.tgname, t.tgrelid
      from pg_trigger t
      join pg_proc p on p.oid = t.tgfoid and p.pronamespace = '@extschema@'::regnamespace
     where t.tgparentid = 0 and t.tgname like 'zz\_campaign\_%'
  loop
    execute format('drop trigger %I on %s', v_trigger.tgname, _campaign_table_name(v_trigger.tgrelid));
  end loop;

  select pg_get_userbyid(proowner) into v_owner from pg_proc where oid = _campaign_function('_campaign_credit_order');
  -- _campaign_attach marks all that it writes as depending on the extension.
  for v_function in
    select d.objid::regprocedure as signature
      from pg_depend d
      join pg_extension e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
      join pg_proc p on p.oid = d.objid and d.classid = 'pg_proc'::regclass
     where e.extname = 'pg_campaign' and d.deptype = 'x' and p.pronamespace = '@extschema@'::regnamespace
  loop
    execute format('drop function %s', v_function.signature);
  end loop;
  drop type if exists _campaign_order;

  if v_owner <> current_user then
    for v_function in
      select p.oid::regprocedure as signature
        from pg_proc p
       where p.pronamespace = '@extschema@'::regnamespace and p.proname like '\_campaign\_%'
         and exists (select from aclexplode(p.proacl) a where a.grantee = v_owner::regrole)
    loop
      execute format('revoke execute on function %s from %I', v_function.signature, v_owner);
    end loop;
    if v_granted_usage then
      execute format('revoke usage on schema @extschema@ from %I', v_owner);
    end if;
  end if;
end
$$;

comment on function _campaign_detach() is
  'Drops the triggers on the attached shop''s tables and all that was written for it, and takes back what its owner was granted.';
revoke all on function _campaign_detach() from public;
