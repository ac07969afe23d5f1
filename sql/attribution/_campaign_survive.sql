create function _campaign_survive(order_id text, session_id text, step text, code text, message text, is_named boolean default true) returns void
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
-- Telling of a failure must not wait for what caused it.
set lock_timeout = '1s'
as $$
#variable_conflict use_column
begin
  if _campaign_survive.code = '57014' and not _campaign_timed_out() then
    -- Somebody wants this statement to end.
    raise exception using errcode = _campaign_survive.code, message = _campaign_survive.message;
  end if;
  if _campaign_setting('on_error') = 'raise' then
    raise exception using
      errcode = _campaign_survive.code,
      message = format('attribution of order %s failed: %s', coalesce(_campaign_survive.order_id, '(several)'), _campaign_survive.message);
  end if;
  if _campaign_survive.code in ('57014', '55P03') then
    perform _campaign_give_up();
  end if;
  raise warning 'attribution of order % failed: %', coalesce(_campaign_survive.order_id, '(several)'), _campaign_survive.message
    using errcode = _campaign_survive.code;
  if _campaign_survive.order_id is null and is_named then
    return;
  end if;
  begin
    if is_named then
      insert into campaign_attribution_failures (order_id, session_id, step, sqlstate, message)
      values (_campaign_survive.order_id, nullif(_campaign_survive.session_id, ''), _campaign_survive.step,
        _campaign_survive.code, _campaign_survive.message)
      on conflict (order_id) do update set
        session_id = coalesce(excluded.session_id, campaign_attribution_failures.session_id),
        step = excluded.step,
        sqlstate = excluded.sqlstate,
        message = excluded.message,
        attempts = campaign_attribution_failures.attempts + 1,
        last_tried_at = excluded.last_tried_at;
    else
      -- One row stands for all orders that cannot be named.
      update campaign_attribution_failures f
         set attempts = f.attempts + 1, last_tried_at = now()
       where f.order_id is null;
      if not found then
        insert into campaign_attribution_failures (step, sqlstate, message)
        values (_campaign_survive.step, _campaign_survive.code, _campaign_survive.message);
      end if;
    end if;
  exception
    when others or query_canceled or assert_failure then
      raise warning 'the failure could not be recorded: %', sqlerrm;
  end;
end
$$;

comment on function _campaign_survive(text, text, text, text, text, boolean) is
  'What happens when attribution fails: a warning and a row in campaign_attribution_failures, or, under campaign.on_error = raise, the error itself. No order given: the orders follow one by one; is_named false: they cannot be named, and one row with order_id NULL stands for them. A user''s cancel is passed on; after a timeout nothing more is tried in this transaction.';
revoke all on function _campaign_survive(text, text, text, text, text, boolean) from public;
