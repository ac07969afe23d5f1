create function _campaign_reconcile_safely(order_id text, session_id text, step text) returns boolean
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
begin
  perform _campaign_check_time();
  perform _campaign_reconcile_order(order_id, nullif(session_id, ''));
  return true;
exception
  when others or query_canceled or assert_failure then
    perform _campaign_survive(order_id, session_id, step, sqlstate, sqlerrm);
    return false;
end
$$;

comment on function _campaign_reconcile_safely(text, text, text) is
  'Makes the records of one order agree with the order; true when that worked, false when the failure was recorded instead.';
revoke all on function _campaign_reconcile_safely(text, text, text) from public;
