create function campaign_activate(id uuid) returns campaign_details
language sql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
  select campaign_update(id, '{"is_active": true}')
$$;

comment on function campaign_activate(uuid) is
  'Lets the campaign''s link count clicks; no change when it already does. Returns the campaign. Errors: P0002 no such campaign.';
revoke all on function campaign_activate(uuid) from public;
grant execute on function campaign_activate(uuid) to campaign_admin;
