create function _campaign_orders_placed_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_orders_placed(p_from timestamptz, p_until timestamptz) returns setof text
language plpgsql stable security definer
set search_path = {schema}, pg_temp
as $function$
begin
  return query
    select ({order_key})::text
      from {orders} o
     where coalesce(({order_is_placed})::boolean, false)
       and coalesce(({order_placed_at})::timestamptz, now()) >= p_from
       and coalesce(({order_placed_at})::timestamptz, now()) < p_until
     order by coalesce(({order_placed_at})::timestamptz, now()), ({order_key});
end
$function$
$template$
$campaign$;

comment on function _campaign_orders_placed_sql() is
  'Template: the keys of the orders placed in p_from <= t < p_until, first one first. Runs as the owner of the orders table.';
revoke all on function _campaign_orders_placed_sql() from public;
