create function _campaign_values_of(relation regclass, column_name text) returns text[]
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_column record;
  v_values text[];
begin
  select a.attnum, a.atttypid into v_column from pg_attribute a where a.attrelid = relation and a.attname = column_name;
  v_values := array(select e.enumlabel::text from pg_enum e where e.enumtypid = v_column.atttypid order by e.enumsortorder);
  if v_values = '{}' then
    v_values := array(
      select distinct m.found[1]
        from pg_constraint k
       cross join lateral regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''', 'g') m (found)
       where k.conrelid = relation and k.contype = 'c' and k.conkey = array[v_column.attnum]
       order by 1);
  end if;
  if v_values = '{}' then
    v_values := _campaign_ask_as_owner(relation, format(
      'select array(select distinct s.v from (select %1$I::pg_catalog.text as v from %2$s where %1$I is not null limit 100000) s order by 1 limit 100)',
      column_name, _campaign_table_name(relation)), true)::text[];
  end if;
  return v_values;
exception
  when insufficient_privilege then
    return '{}';
end
$$;

comment on function _campaign_values_of(regclass, text) is
  'What a column can say: the values of its enum or of its check, else up to 100 of those in its first 100,000 rows; none when the owner of the table may not read them.';
revoke all on function _campaign_values_of(regclass, text) from public;
