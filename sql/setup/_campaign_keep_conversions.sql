create function _campaign_keep_conversions() returns trigger
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_conversions bigint;
begin
  -- What a foreign key would do, which costs every order a query and a lock on its campaign.
  if tg_op = 'DELETE' then
    select count(*) into v_conversions
      from campaigns_deleted d join campaign_conversions c on c.campaign_id = d.id;
  else
    select count(*) into v_conversions from campaign_conversions;
  end if;
  if v_conversions > 0 then
    raise exception using
      errcode = '23503',
      message = format('these campaigns have %s conversions', v_conversions),
      hint = 'Deactivate them to keep the revenue history, or call campaign_delete(id, force => true).';
  end if;
  return null;
end
$$;

comment on function _campaign_keep_conversions() is
  'Trigger on campaigns: refuses (23503) to delete one that has conversions. campaign_delete deletes those first.';
revoke all on function _campaign_keep_conversions() from public;
