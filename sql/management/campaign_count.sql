create function campaign_count(
  platform text default null,
  campaign_type text default null,
  is_active boolean default null,
  parent_campaign_id uuid default null,
  search text default null
) returns bigint
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  perform _campaign_check_kind(platform, campaign_type);
  return (select count(*) from _campaign_matching(platform, campaign_type, is_active, parent_campaign_id, search));
end
$$;

comment on function campaign_count(text, text, boolean, uuid, text) is
  'How many campaigns fit all the filters given, as campaign_list takes them. Errors: 22023 a platform or type that cannot be.';
revoke all on function campaign_count(text, text, boolean, uuid, text) from public;
grant execute on function campaign_count(text, text, boolean, uuid, text) to campaign_analyst;
