create function _campaign_drop_columns(relation regclass, added text[]) returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_object record;
  v_column text;
begin
  for v_object in
    select format('drop index %I.%I', n.nspname, c.relname) as statement
      from pg_index i
      join pg_class c on c.oid = i.indexrelid
      join pg_namespace n on n.oid = c.relnamespace
     where i.indrelid = relation and c.relname like 'campaign\_%\_idx' and not c.relispartition
  loop
    execute v_object.statement;
  end loop;
  foreach v_column in array added loop
    execute format('alter table %s drop column if exists %I', _campaign_table_name(relation), v_column);
  end loop;
end
$$;

comment on function _campaign_drop_columns(regclass, text[]) is
  'Takes our indexes and the named columns from a shop''s table.';
revoke all on function _campaign_drop_columns(regclass, text[]) from public;
