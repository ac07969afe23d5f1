create function campaign_get(id uuid) returns campaign_details
language sql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
  select d from _campaign_details_of(array[_campaign_check_exists(id)]) d
$$;

comment on function campaign_get(uuid) is 'One campaign with its tracking URL and number of direct children. Errors: P0002 no such campaign, 22023 no id given.';
revoke all on function campaign_get(uuid) from public;
grant execute on function campaign_get(uuid) to campaign_analyst;
