create function _campaign_let_call(relation regclass, functions text[]) returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_owner constant name := (select pg_get_userbyid(relowner) from pg_class where oid = relation);
  v_function text;
begin
  if v_owner = current_user then
    return;
  end if;
  execute format('grant usage on schema @extschema@ to %I', v_owner);
  foreach v_function in array functions loop
    execute format('grant execute on function %s to %I', _campaign_function(v_function), v_owner);
  end loop;
end
$$;

comment on function _campaign_let_call(regclass, text[]) is
  'Lets the owner of a shop''s table call the named functions, and nothing else.';
revoke all on function _campaign_let_call(regclass, text[]) from public;
