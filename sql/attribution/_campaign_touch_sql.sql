create function _campaign_touch_sql(by text) returns text
language sql immutable parallel safe strict
set search_path = @extschema@, pg_temp
as $$
  select format($rule$
    select v.id, v.campaign_id, v.session_id, v.device_type, v.country
      from campaign_visits v
     where v.%1$I = p.%1$I
       and v.visited_at <= p.placed_at and p.placed_at < v.expires_at
       and v.visited_at >= coalesce(p.placed_at - _campaign_click_window(), '-infinity')
       and v.device_type is distinct from 'bot'
     order by v.visited_at desc, v.touch_no desc
     limit 1$rule$, by)
$$;

comment on function _campaign_touch_sql(text) is
  'The rule of attribution as a query: of the visits by one session_id or customer_id that were live when an order p was placed, the latest.';
revoke all on function _campaign_touch_sql(text) from public;
