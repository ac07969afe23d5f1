create function _campaign_drop_columns(relation regclass, added text[]) returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_column text;
begin
  -- The indexes go with them.
  foreach v_column in array added loop
    execute format('alter table %s drop column if exists %I', _campaign_table_name(relation), v_column);
  end loop;
end
$$;

comment on function _campaign_drop_columns(regclass, text[]) is
  'Takes the named columns, and with them our indexes, from a shop''s table.';
revoke all on function _campaign_drop_columns(regclass, text[]) from public;
