create function _campaign_members(roots uuid[], include_children boolean)
returns table (root_id uuid, member_id uuid)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
begin
  if include_children is null then
    raise exception using errcode = '22023', message = 'include_children is NULL', hint = 'Pass true or false.';
  end if;
  return query
  with recursive members as (
    select r.id as root_id, r.id as member_id
    from unnest(roots) r (id)
    union
    select m.root_id, c.id
    from members m
    join campaigns c on c.parent_campaign_id = m.member_id
    where include_children
  )
  select m.root_id, m.member_id from members m;
end
$$;

comment on function _campaign_members(uuid[], boolean) is
'Every campaign that counts for each root: itself and, with include_children, all below it at any depth.';

revoke all on function _campaign_members(uuid[], boolean) from public;
