create function _campaign_hand_over(function_signature regprocedure, relation regclass) returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_owner constant name := (select pg_get_userbyid(relowner) from pg_class where oid = relation);
begin
  if v_owner <> current_user then
    execute format('alter function %s owner to %I', function_signature, v_owner);
    execute format('grant execute on function %s to %I', function_signature, current_user);
  end if;
end
$$;

comment on function _campaign_hand_over(regprocedure, regclass) is
  'Makes the owner of a shop''s table the owner of a function, which then runs with that owner''s rights; the installer may still call it.';
revoke all on function _campaign_hand_over(regprocedure, regclass) from public;
