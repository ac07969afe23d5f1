create function campaign_update(id uuid, changes jsonb) returns campaign_details
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
declare
  v_fields constant text[] := array['parent_campaign_id', 'name', 'description', 'platform', 'campaign_type', 'post_url',
    'landing_url', 'tracking_code', 'cost', 'budget', 'starts_at', 'ends_at', 'is_active', 'metadata'];
  v_field text;
  v_type jsonb;
  v_whole jsonb;
  v_details campaign_details;
begin
  perform _campaign_check_exists(campaign_update.id);
  if changes is null or jsonb_typeof(changes) <> 'object' then
    raise exception using errcode = '22023', message = 'changes must be a JSON object of fields and their new values';
  end if;
  for v_field, v_type in select * from jsonb_each(changes) loop
    if v_field <> all (v_fields) then
      raise exception using
        errcode = '22023',
        message = format('unknown field %L', v_field),
        hint = format('The fields of a campaign are %s.', array_to_string(v_fields, ', '));
    end if;
    if jsonb_typeof(v_type) not in ('null', case v_field
      when 'cost' then 'number' when 'budget' then 'number' when 'is_active' then 'boolean' when 'metadata' then 'object'
      else 'string'
    end) then
      raise exception using errcode = '22023', message = format('%s has the wrong type: %s', v_field, v_type);
    end if;
  end loop;
  if changes ? 'tracking_code' and changes ->> 'tracking_code' is null then
    raise exception using errcode = '22023', message = 'tracking_code must be given';
  end if;

  -- One writer at a time moves campaigns in the tree, or two moves could close a cycle together. The table is locked
  -- before any row, so that no two updates wait for each other.
  if changes ->> 'parent_campaign_id' is null then
    lock table campaigns in row exclusive mode;
  else
    lock table campaigns in share row exclusive mode;
    perform _campaign_check_parent(campaign_update.id, (changes ->> 'parent_campaign_id')::uuid);
  end if;
  select to_jsonb(c) || changes into v_whole from campaigns c where c.id = campaign_update.id for update;
  perform _campaign_check_fields(v_whole);

  begin
    update campaigns c
       set parent_campaign_id = n.parent_campaign_id,
           name = btrim(n.name),
           description = n.description,
           platform = n.platform,
           campaign_type = n.campaign_type,
           post_url = n.post_url,
           landing_url = n.landing_url,
           tracking_code = n.tracking_code,
           cost = n.cost,
           budget = n.budget,
           starts_at = n.starts_at,
           ends_at = n.ends_at,
           is_active = n.is_active,
           metadata = nullif(n.metadata, 'null'),
           updated_at = now()
      from jsonb_populate_record(null::campaigns, v_whole) n
     where c.id = campaign_update.id;
  exception
    when unique_violation then
      raise exception using errcode = '23505', message = format('tracking code %s is taken', v_whole ->> 'tracking_code');
  end;
  select * into v_details from _campaign_details_of(array[campaign_update.id]);
  return v_details;
end
$$;

comment on function campaign_update(uuid, jsonb) is
  'Changes the given fields of a campaign and leaves the others; null clears a field that may be empty. Returns the campaign as it is then. Errors: P0002 no such campaign or parent, 22023 an unknown field or a value that does not fit or a parent from the campaign''s own subtree, 23505 the tracking code is taken.';
revoke all on function campaign_update(uuid, jsonb) from public;
grant execute on function campaign_update(uuid, jsonb) to campaign_admin;
