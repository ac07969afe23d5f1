create function campaign_retry_failures() returns table (order_id text, resolved boolean, message text)
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
declare
  v_failure record;
  v_sqlstate text;
  v_message text;
begin
  for v_failure in
    select f.id, f.order_id, f.session_id, f.step, f.former_order_id, f.failed_at from campaign_attribution_failures f order by f.id for update skip locked
  loop
    if v_failure.order_id is null then
      return query select null::text, false,
        format('the keys of orders could not be read since %s: mend the mapping by campaign_install, then call campaign_backfill',
          v_failure.failed_at);
      continue;
    end if;
    begin
      -- That takes the failure away, or leaves another one: for a customer whose row is held still.
      perform _campaign_retry_order(v_failure.order_id, v_failure.session_id, v_failure.step, v_failure.former_order_id);
      select f.message into v_message from campaign_attribution_failures f where f.order_id = v_failure.order_id;
      return query select v_failure.order_id, not found, v_message;
    exception
      when others then
        get stacked diagnostics v_sqlstate = returned_sqlstate, v_message = message_text;
        update campaign_attribution_failures f
           set attempts = f.attempts + 1, last_tried_at = now(), sqlstate = v_sqlstate, message = v_message
         where f.id = v_failure.id;
        return query select v_failure.order_id, false, v_message;
    end;
  end loop;
end
$$;

comment on function campaign_retry_failures() is
  'Tries every order in campaign_attribution_failures once more. One row each: resolved (and gone from the table), or the message of the new failure. An order_id of NULL stands for orders whose key could not be read; campaign_backfill finds those, and clears it.';
revoke all on function campaign_retry_failures() from public;
grant execute on function campaign_retry_failures() to campaign_admin;
