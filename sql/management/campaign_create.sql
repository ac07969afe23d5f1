create function campaign_create(
  name text,
  platform text,
  campaign_type text,
  parent_campaign_id uuid default null,
  description text default null,
  post_url text default null,
  landing_url text default null,
  tracking_code text default null,
  cost numeric default 0,
  budget numeric default 0,
  starts_at timestamptz default null,
  ends_at timestamptz default null,
  is_active boolean default true,
  metadata jsonb default null
) returns campaign_details
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_variable
declare
  v_id uuid := _campaign_uuid();
  v_base text;
  v_code text := campaign_create.tracking_code;
  v_details campaign_details;
begin
  perform _campaign_check_fields(jsonb_build_object(
    'name', name, 'platform', platform, 'campaign_type', campaign_type, 'post_url', post_url, 'landing_url', landing_url,
    'tracking_code', tracking_code, 'cost', cost::text, 'budget', budget::text, 'starts_at', starts_at, 'ends_at', ends_at,
    'is_active', is_active, 'metadata', metadata));
  if parent_campaign_id is not null then
    perform _campaign_check_exists(parent_campaign_id);
  end if;

  v_base := _campaign_code_base(name, platform, campaign_type);
  loop
    if campaign_create.tracking_code is null then
      v_code := _campaign_free_code(v_base, campaign_type);
    end if;
    insert into campaigns
      (id, parent_campaign_id, name, description, platform, campaign_type, post_url, landing_url, tracking_code,
       cost, budget, starts_at, ends_at, is_active, metadata)
    values
      (v_id, parent_campaign_id, btrim(name), description, platform, campaign_type, post_url, landing_url, v_code,
       cost, budget, starts_at, ends_at, is_active, metadata)
    on conflict (upper(campaigns.tracking_code)) do nothing;
    exit when found;
    -- Somebody took the code: a given one is refused, a generated one gets the next number.
    if campaign_create.tracking_code is not null then
      raise exception using errcode = '23505', message = format('tracking code %s is taken', v_code);
    end if;
  end loop;
  select * into v_details from _campaign_details_of(array[v_id]);
  return v_details;
end
$$;

comment on function campaign_create(text, text, text, uuid, text, text, text, text, numeric, numeric, timestamptz, timestamptz, boolean, jsonb) is
  'Creates a campaign and returns it with its tracking code and URL. platform: instagram, facebook, tiktok, youtube, twitter, other or multi. campaign_type: post, reel, story, video, ad or campaign. cost and budget: in the shop''s main currency, 0 or more. landing_url (default: the setting campaign.store_url): where the tracking URL leads. Without a tracking_code one is made from the name. Errors: 22023 a value that does not fit, P0002 no such parent, 23505 the tracking code is taken (compared without case).';
revoke all on function campaign_create(text, text, text, uuid, text, text, text, text, numeric, numeric, timestamptz, timestamptz, boolean, jsonb) from public;
grant execute on function campaign_create(text, text, text, uuid, text, text, text, text, numeric, numeric, timestamptz, timestamptz, boolean, jsonb) to campaign_admin;
