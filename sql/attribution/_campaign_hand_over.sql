create function _campaign_hand_over(function_name text, relation regclass) returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_function regprocedure;
  v_owner name;
begin
  if relation is null then
    return;
  end if;
  select oid::regprocedure into strict v_function
    from pg_proc where proname = function_name and pronamespace = '@extschema@'::regnamespace;
  select pg_get_userbyid(relowner) into strict v_owner from pg_class where oid = relation;
  if v_owner <> current_user then
    execute format('alter function %s owner to %I', v_function, v_owner);
    execute format('grant execute on function %s to %I', v_function, current_user);
  end if;
end
$$;

comment on function _campaign_hand_over(text, regclass) is
  'Makes the owner of a shop''s table the owner of the function that writes to it, so that triggers of that table never run with our rights.';
revoke all on function _campaign_hand_over(text, regclass) from public;
