create function campaign_list(
  platform text default null,
  campaign_type text default null,
  is_active boolean default null,
  parent_campaign_id uuid default null,
  search text default null,
  page integer default 1,
  page_size integer default 50
) returns setof campaign_details
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  perform _campaign_check_kind(platform, campaign_type);
  if page is null or page < 1 then
    raise exception using errcode = '22023', message = 'page must be 1 or more';
  end if;
  if page_size is null or page_size not between 1 and 1000 then
    raise exception using errcode = '22023', message = 'page_size must be between 1 and 1000';
  end if;
  return query
    select d.*
      from _campaign_details_of(array(
        select m.id
          from _campaign_matching(platform, campaign_type, is_active, parent_campaign_id, search) m
         order by m.created_at desc, m.id desc
         limit page_size offset (page - 1)::bigint * page_size)) d;
end
$$;

comment on function campaign_list(text, text, boolean, uuid, text, integer, integer) is
  'Campaigns that fit all the filters given (NULL: any), newest first. search: text looked for in name, tracking code and description, without case. page from 1, page_size 1 to 1000. Errors: 22023 a platform, type or page that cannot be.';
revoke all on function campaign_list(text, text, boolean, uuid, text, integer, integer) from public;
grant execute on function campaign_list(text, text, boolean, uuid, text, integer, integer) to campaign_analyst;
