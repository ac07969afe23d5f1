create function _campaign_order_tables(orders regclass) returns table (relation regclass)
language sql stable parallel safe strict
set search_path = @extschema@, pg_temp
as $$
  with recursive tables as (
    select orders::oid as relation
    union
    select i.inhrelid from tables t join pg_inherits i on i.inhparent = t.relation join pg_class c on c.oid = i.inhrelid
     where not c.relispartition
  )
  select t.relation::regclass from tables t
$$;

comment on function _campaign_order_tables(regclass) is
  'The orders table and the tables that inherit from it; not its partitions, to which PostgreSQL itself gives triggers.';
revoke all on function _campaign_order_tables(regclass) from public;
