create function campaign_preview(
  name text,
  platform text,
  campaign_type text default 'post',
  landing_url text default null,
  wanted_code text default null
)
returns table (tracking_code text, tracking_url text, is_free boolean)
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
begin
  perform _campaign_check_fields(jsonb_build_object(
    'name', name, 'platform', platform, 'campaign_type', campaign_type, 'landing_url', landing_url,
    'tracking_code', wanted_code, 'cost', 0, 'budget', 0, 'is_active', true));
  tracking_code := coalesce(
    wanted_code,
    campaign_tracking_code(name, platform, campaign_type)
  );
  tracking_url := _campaign_link(coalesce(landing_url, _campaign_setting('store_url')), tracking_code);
  is_free := not exists (select from campaigns c where upper(c.tracking_code) = upper(wanted_code));
  return next;
end
$$;

comment on function campaign_preview(text, text, text, text, text) is
  'What a new campaign with these fields would get now, without making it: its tracking code (wanted_code, else as campaign_tracking_code makes it), the link to post (NULL when neither landing_url nor campaign.store_url is set), and whether wanted_code is free; a code made here is. Errors: 22023 a value that does not fit.';
revoke all on function campaign_preview(text, text, text, text, text) from public;
grant execute on function campaign_preview(text, text, text, text, text) to campaign_analyst;
