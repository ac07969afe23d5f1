create function _campaign_last_touch_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $template$
create function {schema}._campaign_last_touch(
  p_session_id text, p_customer_id {customer_key_type}, p_placed_at timestamptz,
  out visit_id uuid, out campaign_id uuid
) returns record
language plpgsql stable security definer
set search_path = {schema}, pg_temp
as $function$
declare
  v_clicked_after constant timestamptz := coalesce(p_placed_at - _campaign_click_window(), '-infinity');
begin
  select v.id, v.campaign_id into visit_id, campaign_id
    from campaign_visits v
   where v.session_id = p_session_id
     and v.visited_at <= p_placed_at and p_placed_at < v.expires_at and v.visited_at >= v_clicked_after
     and v.device_type is distinct from 'bot'
   order by v.visited_at desc, v.touch_no desc
   limit 1;
  if not found and _campaign_match_customer() then
    select v.id, v.campaign_id into visit_id, campaign_id
      from campaign_visits v
     where v.customer_id = p_customer_id
       and v.visited_at <= p_placed_at and p_placed_at < v.expires_at and v.visited_at >= v_clicked_after
       and v.device_type is distinct from 'bot'
     order by v.visited_at desc, v.touch_no desc
     limit 1;
  end if;
end
$function$
$template$
$campaign$;

comment on function _campaign_last_touch_sql() is
  'Template of the rule of attribution: of the sessions visits that were live when an order was placed, the latest; without one, under campaign.match_customer, the same of the customers.';
revoke all on function _campaign_last_touch_sql() from public;
