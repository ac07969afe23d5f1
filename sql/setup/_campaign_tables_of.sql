create function _campaign_tables_of(orders regclass, order_key text) returns table (relation regclass, order_column text)
language sql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
  select r.oid::regclass, c.name
    from pg_class o
    join pg_class r on r.relnamespace = o.relnamespace and r.relkind in ('r', 'p') and r.oid <> o.oid and not r.relispartition
   cross join lateral (
      select n.name
        from _campaign_columns_of(r.oid) n
        left join pg_constraint f on f.conrelid = r.oid and f.contype = 'f' and f.conkey = array[n.place] and f.confrelid = o.oid
       where f.oid is not null
          or (n.word = any (array['orderid', lower(regexp_replace(o.relname, '[^a-zA-Z0-9]', '', 'g')) || 'id'])
              and n.type = (select k.type from _campaign_columns_of(o.oid) k where k.name = order_key))
       order by (f.oid is not null) desc, n.place
       limit 1
    ) c
   where o.oid = orders
   order by r.relname
$$;

comment on function _campaign_tables_of(regclass, text) is
  'The tables beside an orders table whose rows belong to an order: by a foreign key, or by a column named and typed as the order''s key.';
revoke all on function _campaign_tables_of(regclass, text) from public;
