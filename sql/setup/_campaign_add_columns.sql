create function _campaign_add_columns(relation regclass, columns text[]) returns text[]
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_column text;
  v_type text;
  v_name text;
  v_there text;
  v_added text[] := '{}';
begin
  if relation is null then
    return v_added;
  end if;
  foreach v_column in array columns loop
    v_name := split_part(v_column, ' ', 1);
    v_type := split_part(v_column, ' ', 2);
    select format_type(atttypid, null) into v_there from pg_attribute
     where attrelid = relation and attname = v_name and attnum > 0 and not attisdropped;
    if not found then
      execute format('alter table %s add column %I %s', _campaign_table_name(relation), v_name, v_type);
      v_added := v_added || v_name;
    elsif v_there <> v_type and v_name <> 'session_id' then
      raise exception using
        errcode = '55000',
        message = format('%s already has a column %I of type %s', _campaign_table_name(relation), v_name, v_there),
        hint = 'Rename it, or install with add_columns => false.';
    end if;
    if v_type = 'uuid' then
      -- Orders that no campaign brought need no entry.
      execute format('create index if not exists %I on %s (%I) where %3$I is not null',
        _campaign_index_name(relation, v_name), _campaign_table_name(relation), v_name);
    end if;
  end loop;
  return v_added;
end
$$;

comment on function _campaign_add_columns(regclass, text[]) is
  'Adds the columns (each "name type") that a shop''s table lacks, with their indexes, and returns the names of those it added. Error 55000 when one is there with another type.';
revoke all on function _campaign_add_columns(regclass, text[]) from public;
