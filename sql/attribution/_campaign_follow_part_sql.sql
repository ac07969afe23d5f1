create function _campaign_follow_part_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}.{part_function}() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
declare
  v_order_id text;
  v_order_before text;
begin
  if tg_op <> 'INSERT' then
    v_order_before := (select ({part_order})::{order_key_type}::text from (select old.*) o);
  end if;
  if tg_op <> 'DELETE' then
    v_order_id := (select ({part_order})::{order_key_type}::text from (select new.*) o);
  end if;
  if v_order_id is not null then
    perform _campaign_reconcile_safely(v_order_id, null, 'part');
  end if;
  if v_order_before <> v_order_id or (v_order_before is not null and v_order_id is null) then
    perform _campaign_reconcile_safely(v_order_before, null, 'part');
  end if;
  return null;
exception
  when others or query_canceled or assert_failure then
    perform _campaign_survive(v_order_id, null, 'part', sqlstate, sqlerrm, is_named => v_order_id is not null);
    return null;
end
$function$
$template$
$campaign$;

comment on function _campaign_follow_part_sql() is
  'Template of the deferred trigger on a table that holds parts of orders: what changed there has the order read again at COMMIT.';
revoke all on function _campaign_follow_part_sql() from public;
