create function campaign_tracking_url(id uuid) returns text
language sql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
  select tracking_url from _campaign_details_of(array[_campaign_check_exists(id)])
$$;

comment on function campaign_tracking_url(uuid) is
  'The link to post: the campaign''s landing_url, else campaign.store_url, with utm_campaign set to its tracking code; NULL when neither is set. Errors: P0002 no such campaign.';
revoke all on function campaign_tracking_url(uuid) from public;
grant execute on function campaign_tracking_url(uuid) to campaign_analyst;
