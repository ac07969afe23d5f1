create function _campaign_link_name(relation regclass, column_name text, suffix text) returns text
language sql stable parallel safe strict
set search_path = @extschema@, pg_temp
as $$
  select format('campaign_%s_%s_%s', left(relname, 20), column_name, suffix) from pg_class where oid = relation
$$;

comment on function _campaign_link_name(regclass, text, text) is
  'The name of an index or constraint that we add to a shop''s table.';
revoke all on function _campaign_link_name(regclass, text, text) from public;
