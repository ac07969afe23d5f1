create function _campaign_backfill_done(start_date date, end_date date, tz text) returns void
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
begin
  delete from campaign_attribution_failures f
   using _campaign_days(start_date, end_date, tz) d
   where f.order_id is null and f.failed_at >= d.range_from and f.last_tried_at < d.range_until;
end
$$;

comment on function _campaign_backfill_done(date, date, text) is
  'Clears the failure that stands for orders without a readable key, once every order of its days was looked at.';
revoke all on function _campaign_backfill_done(date, date, text) from public;
grant execute on function _campaign_backfill_done(date, date, text) to campaign_admin;
