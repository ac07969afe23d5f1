create function _campaign_check_expression(relation regclass, expression text, argument text) returns regtype
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_type regtype;
begin
  execute format('select pg_typeof((select (%s) from %s o limit 0))', expression, _campaign_table_name(relation))
    into v_type;
  return v_type;
exception
  when others then
    raise exception using
      errcode = '22023',
      message = format('%s => %L does not work on %s: %s', argument, expression, relation, sqlerrm),
      hint = 'Give the name of a column, or an SQL expression over the row o.';
end
$$;

comment on function _campaign_check_expression(regclass, text, text) is
  'The type of an SQL expression over the row o of a table. Error 22023, naming the argument, when it does not parse or fit.';
revoke all on function _campaign_check_expression(regclass, text, text) from public;
