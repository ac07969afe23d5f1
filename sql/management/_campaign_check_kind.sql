create function _campaign_check_kind(platform text, campaign_type text) returns void
language plpgsql immutable parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  if platform not in ('instagram', 'facebook', 'tiktok', 'youtube', 'twitter', 'other', 'multi') then
    raise exception using
      errcode = '22023',
      message = format('unknown platform %L: expected instagram, facebook, tiktok, youtube, twitter, other or multi', platform);
  end if;
  if campaign_type not in ('post', 'reel', 'story', 'video', 'ad', 'campaign') then
    raise exception using
      errcode = '22023',
      message = format('unknown campaign_type %L: expected post, reel, story, video, ad or campaign', campaign_type);
  end if;
end
$$;

comment on function _campaign_check_kind(text, text) is
  'Checks a platform and a type of campaigns; NULL passes. Error 22023 naming those there are.';
revoke all on function _campaign_check_kind(text, text) from public;
