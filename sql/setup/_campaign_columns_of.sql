create function _campaign_columns_of(relation oid)
returns table (place smallint, name text, word text, type regtype, is_number boolean, is_text boolean, is_nullable boolean)
language sql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
  select a.attnum, a.attname::text, lower(regexp_replace(a.attname, '[^a-zA-Z0-9]', '', 'g')), a.atttypid::regtype,
         t.typcategory = 'N' and a.atttypid not in ('oid'::regtype, 'regclass'::regtype), t.typcategory = 'S' or t.typname in ('varchar', 'text', 'bpchar', 'citext'), not a.attnotnull
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
   where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
$$;

comment on function _campaign_columns_of(oid) is
  'The columns of a table; word is the name in small letters and digits alone, so that grandTotal and grand_total are the same.';
revoke all on function _campaign_columns_of(oid) from public;
