create function _campaign_check_table(relation regclass, argument text) returns void
language plpgsql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  if relation is not null and (select relkind not in ('r', 'p') from pg_class where oid = relation) then
    raise exception using
      errcode = '22023',
      message = format('%s => %s is not a table', argument, _campaign_table_name(relation)),
      hint = 'Triggers need the table itself, not a view on it.';
  end if;
end
$$;

comment on function _campaign_check_table(regclass, text) is 'Error 22023, naming the argument, when a relation is neither a plain nor a partitioned table.';
revoke all on function _campaign_check_table(regclass, text) from public;
