create function _campaign_covered(campaign_id uuid, include_children boolean)
returns uuid[]
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
  select array_agg(m.member_id)
  from _campaign_members(array[_campaign_check_exists(campaign_id)], include_children) m;
$$;

comment on function _campaign_covered(uuid, boolean) is
'The ids a report covers: the campaign and, with include_children, all below it. No such campaign is an error (P0002).';

revoke all on function _campaign_covered(uuid, boolean) from public;
