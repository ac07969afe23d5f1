create function _campaign_last_touch_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $$
  with rule as (
    select $rule$
          select v.id, v.campaign_id, v.session_id, v.device_type, v.country
            from campaign_visits v
           where v.%s
             and v.visited_at <= p.placed_at and p.placed_at < v.expires_at
             and v.visited_at >= coalesce(p.placed_at - _campaign_click_window(), '-infinity')
             and v.device_type is distinct from 'bot'
           order by v.visited_at desc, v.touch_no desc
           limit 1$rule$ as touch
  )
  select format('(%s)
          union all
          (%s)
          limit 1',
      format(touch, 'session_id = p.session_id'),
      format(touch, 'customer_id = p.customer_id and _campaign_match_customer()'))
    from rule
$$;

comment on function _campaign_last_touch_sql() is
  'The rule of attribution as a query: the visit that gets the credit for an order p (session_id, customer_id, placed_at). The session''s latest visit live at that moment; without one, under campaign.match_customer, the customer''s.';
revoke all on function _campaign_last_touch_sql() from public;
