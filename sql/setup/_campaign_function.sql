create function _campaign_function(name text) returns regprocedure
language sql stable parallel safe strict
set search_path = @extschema@, pg_temp
as $$
  select oid::regprocedure from pg_proc where proname = name and pronamespace = '@extschema@'::regnamespace
$$;

comment on function _campaign_function(text) is 'The one function of ours with this name; NULL when there is none.';
revoke all on function _campaign_function(text) from public;
