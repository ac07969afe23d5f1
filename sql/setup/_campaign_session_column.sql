create function _campaign_session_column(orders regclass) returns text
language sql stable parallel safe strict
set search_path = @extschema@, pg_temp
as $$
  select attname::text from pg_attribute
   where attrelid = orders and attname = 'session_id' and attnum > 0 and not attisdropped
$$;

comment on function _campaign_session_column(regclass) is 'session_id when the orders table has such a column, else NULL.';
revoke all on function _campaign_session_column(regclass) from public;
