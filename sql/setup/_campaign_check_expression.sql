create function _campaign_check_expression(relation regclass, expression text, argument text, target_type text) returns regtype
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_table constant text := _campaign_table_name(relation);
  v_from text := format('%s o limit 1', v_table);
  v_type regtype;
  v_trial text;
begin
  begin
    -- As the owner, always: what the shop wrote must not run with the rights of whoever installs.
    v_type := _campaign_ask_as_owner(relation, format('select pg_catalog.pg_typeof((select (%s) from %s o limit 0))::pg_catalog.oid', expression, v_table), false)::oid;
    if _campaign_ask_as_owner(relation, format('select true from %s', v_from), false) is null then
      v_from := format('pg_catalog.unnest(array[null::%s]) o', v_table);
    end if;
    v_trial := format('select ((%s)::%s)::pg_catalog.text from %s', expression, coalesce(target_type, 'pg_catalog.text'), v_from);
    perform _campaign_ask_as_owner(relation, v_trial, false);
  exception
    when others then
      -- What an empty row alone brings about says nothing of real ones.
      if v_type is null or v_from not like 'pg\_catalog.unnest%' or sqlstate like '42%' or sqlstate like '0A%' then
        raise exception using
          errcode = '22023',
          message = format('%s => %L does not work on %s: %s', argument, expression, relation, sqlerrm),
          hint = format('Give the name of a column, or an SQL expression over the row o. It runs as %s: tables and functions need their schema, and a function that looks for tables without one a search_path of its own.',
            (select relowner::regrole from pg_class where oid = relation));
      end if;
      raise info '% could not be tried: %', argument, sqlerrm;
  end;
  begin
    perform _campaign_ask_as_owner(relation, v_trial, true);
  exception
    when others then
      update _campaign_shop set needs_path = true;
      raise warning using
        message = format('%s => %L works only under the search_path of the owner of %s: %s', argument, expression, relation, sqlerrm),
        hint = 'Replication and restores have none: name tables and functions with their schema, and give functions a search_path of their own.';
  end;
  return v_type;
end
$$;

comment on function _campaign_check_expression(regclass, text, text, text) is
  'The type of an SQL expression over the row o of a table, tried as the owner of the table: on a stored row, or on an empty one when there is none. target_type is what it is cast to, NULL for text. Error 22023, naming the argument, when it does not parse, fit or run; a warning, noted in _campaign_shop, when it does not under an empty search_path.';
revoke all on function _campaign_check_expression(regclass, text, text, text) from public;
