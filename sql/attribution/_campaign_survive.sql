create function _campaign_survive(order_id text, session_id text, step text, code text, message text) returns void
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
begin
  if _campaign_setting('on_error') = 'raise' then
    raise exception using
      errcode = _campaign_survive.code,
      message = format('attribution of order %s failed: %s', coalesce(_campaign_survive.order_id, '(several)'), _campaign_survive.message);
  end if;
  raise warning 'attribution of order % failed: %', coalesce(_campaign_survive.order_id, '(several)'), _campaign_survive.message
    using errcode = _campaign_survive.code;
  if _campaign_survive.order_id is null then
    return;
  end if;
  begin
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
  exception
    when others then
      raise warning 'the failure could not be recorded: %', sqlerrm;
  end;
end
$$;

comment on function _campaign_survive(text, text, text, text, text) is
  'What happens when attribution fails: a warning and a row in campaign_attribution_failures, or, under campaign.on_error = raise, the error itself.';
revoke all on function _campaign_survive(text, text, text, text, text) from public;
