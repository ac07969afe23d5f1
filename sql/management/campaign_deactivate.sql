create function campaign_deactivate(id uuid) returns campaign_details
language sql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
  select campaign_update(id, '{"is_active": false}')
$$;

comment on function campaign_deactivate(uuid) is
  'Stops the campaign''s link from counting clicks; visits already recorded stay live and are credited as before. Returns the campaign. Errors: P0002 no such campaign.';
revoke all on function campaign_deactivate(uuid) from public;
grant execute on function campaign_deactivate(uuid) to campaign_admin;
