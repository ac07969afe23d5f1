create function _campaign_check_order(order_id text) returns void
language plpgsql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  if order_id is null or order_id = '' then
    raise exception using errcode = '22023', message = 'order_id must be given';
  end if;
  perform _campaign_check_attached();
end
$$;

comment on function _campaign_check_order(text) is 'Error 22023 when no order key is given, 55000 when no shop is attached.';
revoke all on function _campaign_check_order(text) from public;
