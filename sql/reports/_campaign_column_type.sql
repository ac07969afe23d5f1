create function _campaign_column_type(column_name text)
returns text
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
  select format_type(a.atttypid, a.atttypmod)
  from pg_attribute a
  where a.attrelid = 'campaign_conversions'::regclass
    and a.attname = column_name
    and not a.attisdropped;
$$;

comment on function _campaign_column_type(text) is
'The type of the shop''s keys, ready to be put in SQL: of its orders for order_id, of its customers for customer_id.';

revoke all on function _campaign_column_type(text) from public;
