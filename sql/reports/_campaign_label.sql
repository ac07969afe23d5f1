create function _campaign_label(id uuid, name text, tracking_code text, platform text)
returns jsonb
language sql stable parallel safe
return case
  when id is not null then
    jsonb_build_object('id', id, 'name', name, 'tracking_code', tracking_code, 'platform', platform)
end;

comment on function _campaign_label(uuid, text, text, text) is
'How documents name a campaign: {id, name, tracking_code, platform}; NULL when id is NULL.';

revoke all on function _campaign_label(uuid, text, text, text) from public;
