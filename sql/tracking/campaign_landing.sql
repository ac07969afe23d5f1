create function campaign_landing(tracking_code text) returns text
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
declare
  v_code text := trim(tracking_code);
  v_id uuid;
  v_is_active boolean;
begin
  if coalesce(v_code, '') = '' then
    raise exception using errcode = '22023', message = 'tracking_code must be given';
  end if;
  select c.id, c.is_active into v_id, v_is_active from campaigns c where upper(c.tracking_code) = upper(v_code);
  if not found then
    raise exception using errcode = 'P0002', message = format('no campaign with tracking code %s', v_code);
  elsif not v_is_active then
    raise exception using errcode = '55000', message = format('campaign %s is not active', v_code);
  end if;
  return campaign_tracking_url(v_id);
end
$$;

comment on function campaign_landing(text) is
  'Where a click on a campaign''s short link goes: the tracking URL of the campaign with that code; NULL when neither the campaign nor campaign.store_url has an address. Errors: P0002 no such campaign, 55000 the campaign is not active, 22023 NULL or blank.';
revoke all on function campaign_landing(text) from public;
grant execute on function campaign_landing(text) to campaign_tracker;
