create function campaign_attribute(order_id text, session_id text default null)
returns table (campaign_id uuid, visit_id uuid, is_new boolean)
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
begin
  perform _campaign_check_order(order_id);
  return query select s.campaign_id, s.visit_id, s.is_new from _campaign_settle_order(order_id, session_id) s;
end
$$;

comment on function campaign_attribute(text, text) is
  'Credits a stored order to the last campaign its session touched: the session given, else the order''s own. One row: the campaign and visit credited (NULL when no visit was live at that moment) and whether this call made the conversion. Again for the same order: no change, the same answer. Errors: P0002 no such order, 22023 no key given, 55000 no shop attached.';
revoke all on function campaign_attribute(text, text) from public;
grant execute on function campaign_attribute(text, text) to campaign_admin;
