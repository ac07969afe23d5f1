create function _campaign_table_name(relation regclass) returns text
language sql stable parallel safe strict
set search_path = @extschema@, pg_temp
as $$
  select format('%I.%I', n.nspname, c.relname)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
   where c.oid = relation
$$;

comment on function _campaign_table_name(regclass) is 'The quoted name of a table with its schema, whatever the search_path.';
revoke all on function _campaign_table_name(regclass) from public;
