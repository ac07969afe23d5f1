create function _campaign_let_call(relation regclass, functions text[]) returns boolean
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_owner constant name := (select pg_get_userbyid(relowner) from pg_class where oid = relation);
  v_needs_usage constant boolean := not has_schema_privilege(v_owner, '@extschema@'::regnamespace, 'usage');
  v_function text;
begin
  if v_owner = current_user then
    return false;
  end if;
  if v_needs_usage then
    execute format('grant usage on schema @extschema@ to %I', v_owner);
  end if;
  foreach v_function in array functions loop
    execute format('grant execute on function %s to %I', _campaign_function(v_function), v_owner);
  end loop;
  return v_needs_usage;
end
$$;

comment on function _campaign_let_call(regclass, text[]) is
  'Lets the owner of a shop''s table call the named functions, and nothing else; true when that took a grant of USAGE on our schema.';
revoke all on function _campaign_let_call(regclass, text[]) from public;
