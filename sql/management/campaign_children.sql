create function campaign_children(id uuid) returns setof campaign_details
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  perform _campaign_check_exists(id);
  return query
    select d.*
      from _campaign_details_of(array(
        select c.id from campaigns c
         where c.parent_campaign_id = campaign_children.id
         order by c.created_at, c.id)) d;
end
$$;

comment on function campaign_children(uuid) is
  'The campaigns directly under this one, oldest first. Errors: P0002 no such campaign, 22023 no id given.';
revoke all on function campaign_children(uuid) from public;
grant execute on function campaign_children(uuid) to campaign_analyst;
