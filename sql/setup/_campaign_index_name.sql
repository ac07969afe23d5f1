create function _campaign_index_name(relation regclass, column_name text) returns text
language sql stable parallel safe strict
set search_path = @extschema@, pg_temp
as $$
  select format('campaign_%s_%s_idx', left(relname, 20), column_name) from pg_class where oid = relation
$$;

comment on function _campaign_index_name(regclass, text) is 'The name of an index that we add to a shop''s table.';
revoke all on function _campaign_index_name(regclass, text) from public;
