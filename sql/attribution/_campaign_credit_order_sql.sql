create function _campaign_credit_order_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_credit_order() returns trigger
language plpgsql volatile security definer
set search_path = {schema}, pg_temp
as $function$
declare
  o alias for new;
  v_touch record;
begin
  if ({order_session_id} is not null or _campaign_match_customer()) and coalesce(({order_is_placed})::boolean, false) then
    perform _campaign_check_time();
    v_touch := _campaign_last_touch(
      {order_session_id}, ({order_customer})::{customer_key_type}, coalesce(({order_placed_at})::timestamptz, now()));
    -- What the statement itself wrote there counts for nothing.
    new.visit_id := v_touch.visit_id;
    new.campaign_id := v_touch.campaign_id;
  end if;
  return new;
exception
  when others or query_canceled or assert_failure then
    -- The trigger after the statement finds the order once more, and records it when that fails too.
    perform _campaign_survive(null, null, 'credit', sqlstate, sqlerrm);
    return new;
end
$function$
$template$
$campaign$;

comment on function _campaign_credit_order_sql() is
  'Template of the trigger that writes campaign_id and visit_id into an order as it is inserted.';
revoke all on function _campaign_credit_order_sql() from public;
