create function _campaign_matching(
  platform text, campaign_type text, is_active boolean, parent_campaign_id uuid, search text
) returns table (id uuid, created_at timestamptz)
language sql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
  select c.id, c.created_at
    from campaigns c
   where ($1 is null or c.platform = $1)
     and ($2 is null or c.campaign_type = $2)
     and ($3 is null or c.is_active = $3)
     and ($4 is null or c.parent_campaign_id = $4)
     and ($5 is null or strpos(lower(concat_ws(' ', c.name, c.tracking_code, c.description)), lower(btrim($5))) > 0)
$$;

comment on function _campaign_matching(text, text, boolean, uuid, text) is
  'The campaigns that fit all filters given; a NULL filter fits all. search is looked for in name, tracking code and description, without case.';
revoke all on function _campaign_matching(text, text, boolean, uuid, text) from public;
