create function _campaign_check_parent(id uuid, parent_campaign_id uuid) returns void
language plpgsql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  perform _campaign_check_exists(parent_campaign_id);
  if parent_campaign_id = any (_campaign_covered(id, true)) then
    raise exception using
      errcode = '22023',
      message = 'a campaign cannot be put under itself or under one of its own descendants';
  end if;
end
$$;

comment on function _campaign_check_parent(uuid, uuid) is
  'Error P0002 when the parent does not exist, 22023 when putting the campaign under it would close a cycle.';
revoke all on function _campaign_check_parent(uuid, uuid) from public;
