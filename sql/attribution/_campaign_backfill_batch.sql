create function _campaign_backfill_batch(order_ids text[], out credited bigint, out already_credited bigint, out failed bigint)
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
begin
  select * into credited, already_credited, failed from _campaign_backfill_orders(order_ids);
end
$$;

comment on function _campaign_backfill_batch(text[]) is 'Credits one batch of orders of campaign_backfill.';
revoke all on function _campaign_backfill_batch(text[]) from public;
grant execute on function _campaign_backfill_batch(text[]) to campaign_admin;
