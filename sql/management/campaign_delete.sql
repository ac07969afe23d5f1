create function campaign_delete(id uuid, force boolean default false)
returns table (campaigns_deleted bigint, visits_deleted bigint, conversions_deleted bigint)
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
declare
  v_tree uuid[];
begin
  perform _campaign_check_exists(campaign_delete.id);
  if force is null then
    raise exception using errcode = '22023', message = 'force must be true or false';
  end if;
  -- campaign_snapshot waits, and what it is writing is there to be deleted.
  perform from _campaign_snapshot_state for update;
  -- Nothing may join the tree, nor a click or a conversion its campaigns, while they are counted and removed.
  lock table campaigns, campaign_visits in share row exclusive mode;
  v_tree := _campaign_covered(campaign_delete.id, true);
  perform 1 from campaigns c where c.id = any (v_tree) order by c.id for update;

  if not force and exists (select from campaign_conversions where campaign_id = any (v_tree)) then
    raise exception using
      errcode = '55000',
      message = format('the campaign or its children have %s conversions',
        (select count(*) from campaign_conversions where campaign_id = any (v_tree))),
      hint = 'Deactivate it to keep the revenue history, or delete it with force => true.';
  end if;

  delete from campaign_conversions where campaign_id = any (v_tree);
  get diagnostics conversions_deleted = row_count;
  delete from campaign_visits where campaign_id = any (v_tree);
  get diagnostics visits_deleted = row_count;
  perform _campaign_forget(v_tree);
  delete from campaign_analytics_snapshots where campaign_id = any (v_tree);
  delete from campaign_breakdown_snapshots where campaign_id = any (v_tree);
  delete from _campaign_snapshot_marks where campaign_id = any (v_tree);
  delete from campaigns c where c.id = any (v_tree);
  get diagnostics campaigns_deleted = row_count;
  return next;
end
$$;

comment on function campaign_delete(uuid, boolean) is
  'Deletes a campaign, everything under it, and their visits; returns how many rows of each kind went. With conversions it is refused (55000) unless force is true, which deletes those too and takes the campaigns out of the shop''s orders and customers (a customer who has another conversion was won by that). Clicks wait until it is done. Errors: P0002 no such campaign.';
revoke all on function campaign_delete(uuid, boolean) from public;
grant execute on function campaign_delete(uuid, boolean) to campaign_admin;
