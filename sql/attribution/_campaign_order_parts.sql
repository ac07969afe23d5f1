create function _campaign_order_parts() returns table (table_name text, order_key text)
language sql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
  select p.key, p.value from _campaign_shop s cross join lateral jsonb_each_text(s.order_parts) p where s.order_parts is not null
$$;

comment on function _campaign_order_parts() is
  'The tables that hold parts of the attached shop''s orders, with the expression that gives the order''s key.';
revoke all on function _campaign_order_parts() from public;
