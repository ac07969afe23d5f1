create function _campaign_document_keys(relation regclass, column_name text) returns setof text
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
begin
  return query execute format(
    'select distinct k from (select %1$I::jsonb as document from %2$s where %1$I is not null limit 1000) d
      cross join lateral jsonb_object_keys(case when jsonb_typeof(d.document) = ''object'' then d.document else ''{}'' end) k order by k',
    column_name, _campaign_table_name(relation));
exception
  when insufficient_privilege then
    return;
end
$$;

comment on function _campaign_document_keys(regclass, text) is
  'The keys of the documents in a json column, from at most 1,000 rows; none when the caller may not read them.';
revoke all on function _campaign_document_keys(regclass, text) from public;
