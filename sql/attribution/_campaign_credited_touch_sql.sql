create function _campaign_credited_touch_sql() returns text
language sql immutable parallel safe
set search_path = @extschema@, pg_temp
as $campaign$
  select $touch$(
          select v.id, v.campaign_id, v.session_id, v.device_type, v.country
            from campaign_visits v
           where v.session_id = p.session_id and v.id = p.credited_visit_id)
          union all
          (select v.id, v.campaign_id, v.session_id, v.device_type, v.country
            from campaign_visits v
           where v.id = p.credited_visit_id and _campaign_match_customer())
          limit 1$touch$
$campaign$;

comment on function _campaign_credited_touch_sql() is
  'The visit that the insert trigger has already written into an order p, as a query.';
revoke all on function _campaign_credited_touch_sql() from public;
