create function campaign_deletion(ids uuid[])
returns table (campaigns bigint, visits bigint, conversions bigint)
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
declare
  v_tree uuid[];
begin
  if ids is null or cardinality(ids) > 1000 then
    raise exception using errcode = '22023', message = 'ids must be given, at most 1000 of them';
  end if;
  perform _campaign_check_exists(i.id) from unnest(ids) i (id);
  -- A campaign chosen together with one above it goes once.
  v_tree := array(select distinct m.member_id from _campaign_members(ids, true) m);
  select count(*) into campaigns from campaigns c where c.id = any (v_tree);
  select count(*) into visits from campaign_visits v where v.campaign_id = any (v_tree);
  select count(*) into conversions from campaign_conversions c where c.campaign_id = any (v_tree);
  return next;
end
$$;

comment on function campaign_deletion(uuid[]) is
  'How much campaign_delete would delete now, for these campaigns together: campaigns (with all under them, each once), visits and conversions (cancelled ones too). Deletes nothing. Errors: P0002 no such campaign, 22023 ids NULL, with a NULL in it, or more than 1000.';
revoke all on function campaign_deletion(uuid[]) from public;
grant execute on function campaign_deletion(uuid[]) to campaign_analyst;
