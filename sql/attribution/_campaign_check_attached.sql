create function _campaign_check_attached() returns void
language plpgsql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  if not exists (select from _campaign_shop) then
    raise exception using
      errcode = '55000',
      message = 'no shop is attached',
      hint = 'Attach one: select campaign_install(orders => ''public.orders'', ...).';
  end if;
end
$$;

comment on function _campaign_check_attached() is 'Error 55000 when no shop is attached.';
revoke all on function _campaign_check_attached() from public;
