create function _campaign_last_touch_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $$
  select format('(%s) union all (select * from (%s) t where _campaign_match_customer()) limit 1',
    _campaign_touch_sql('session_id'), _campaign_touch_sql('customer_id'))
$$;

comment on function _campaign_last_touch_sql() is
  'The visit that gets the credit for an order p (session_id, customer_id, placed_at), as a query: its session''s last touch, and under campaign.match_customer, without one, its customer''s.';
revoke all on function _campaign_last_touch_sql() from public;
