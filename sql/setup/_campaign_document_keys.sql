create function _campaign_document_keys(relation regclass, column_name text) returns setof text
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
begin
  -- As the owner: a cast of the shop's own must not run with the rights of who asks.
  return query select unnest(_campaign_ask_as_owner(relation, format(
    'select pg_catalog.array_agg(distinct k order by k)
       from (select %1$I::pg_catalog.jsonb as document from %2$s where %1$I is not null limit 1000) d
      cross join lateral pg_catalog.jsonb_object_keys(case when pg_catalog.jsonb_typeof(d.document) operator(pg_catalog.=) ''object'' then d.document else ''{}'' end) k',
    column_name, _campaign_table_name(relation)), true)::text[]);
exception
  when insufficient_privilege then
    return;
end
$$;

comment on function _campaign_document_keys(regclass, text) is
  'The keys of the documents in a json column, from at most 1,000 rows; none when the owner of the table may not read them.';
revoke all on function _campaign_document_keys(regclass, text) from public;
