create function _campaign_row_count(relation regclass) returns bigint
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
declare
  v_rows bigint := (
    select sum(greatest(c.reltuples, 0))
    from pg_class c
    where c.oid = relation or c.oid in (select t.relid from pg_partition_tree(relation) t where t.isleaf)
  );
begin
  if v_rows <= 100000 then
    execute format('select count(*) from (select from %s limit 100000) r', relation) into v_rows;
  end if;
  return v_rows;
end
$$;

comment on function _campaign_row_count(regclass) is
  'How many rows a table has: counted as far as 100,000, beyond that the planner''s estimate, so that asking stays cheap.';
revoke all on function _campaign_row_count(regclass) from public;
