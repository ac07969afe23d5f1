create function _campaign_visits_page(campaign_ids uuid[], only_active boolean, after text, page_size integer)
returns table (
  id uuid,
  campaign_id uuid,
  session_id text,
  customer_id text,
  referrer text,
  landing_page text,
  country text,
  city text,
  device_type text,
  visited_at timestamptz,
  last_activity_at timestamptz,
  expires_at timestamptz,
  is_active boolean,
  converted boolean,
  conversion_at timestamptz,
  attributed_order_id text,
  cursor text
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  v_rows integer := _campaign_check_page_size(page_size);
  v_after record := _campaign_cursor_place(after);
  v_since timestamptz;
begin
  if only_active is null then
    raise exception using errcode = '22023', message = 'only_active is NULL', hint = 'Pass true or false.';
  end if;

  v_since := _campaign_visits_since(campaign_ids, only_active, v_after.at, v_after.id, v_rows);
  if v_since is null then
    return;
  end if;

  return query
  with visits as (
    select v.*, v.expires_at > now() and v.device_type is distinct from 'bot' as is_active
    from campaign_visits v
    where v.campaign_id = any (campaign_ids)
      and v.visited_at >= v_since
      and (v.visited_at, v.id) < (v_after.at, v_after.id)
  )
  select v.id, v.campaign_id, v.session_id, v.customer_id::text, v.referrer, v.landing_page, v.country, v.city, v.device_type,
    v.visited_at, v.last_activity_at, v.expires_at, v.is_active, v.converted, v.conversion_at, v.attributed_order_id::text,
    _campaign_cursor(v.visited_at, v.id)
  from visits v
  where v.is_active or not only_active
  order by v.visited_at desc, v.id desc
  limit v_rows;
end
$$;

comment on function _campaign_visits_page(uuid[], boolean, text, integer) is
'The page_size newest visits of these campaigns that come after the cursor, newest first; NULL is the first page. '
'Errors: 22023 a cursor or page size that cannot be, only_active NULL.';

revoke all on function _campaign_visits_page(uuid[], boolean, text, integer) from public;
