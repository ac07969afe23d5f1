create function campaign_visits_of(
  campaign_id uuid,
  only_active boolean default false,
  include_children boolean default false,
  cursor text default null,
  page_size integer default 50
)
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
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
  select p.*
  from _campaign_visits_page(
    _campaign_covered(campaign_visits_of.campaign_id, include_children), only_active, campaign_visits_of.cursor, page_size
  ) p
  order by p.visited_at desc, p.id desc;
$$;

comment on function campaign_visits_of(uuid, boolean, boolean, text, integer) is
'The visits of one campaign, newest first, page_size (1 to 1000) at a time. The next page: pass the cursor of the last row; a page that is not full is the '
'last one. Visits recorded meanwhile neither repeat nor hide another. is_active: not expired now, and no bot; only_active lists only those, and reads past every '
'expired visit on its way. Bots are listed, if campaign.record_bots kept them, though reports do not count them. With include_children the whole tree below '
'is listed. customer_id and attributed_order_id as text, NULL when there is none; referrer, landing_page, country, city, device_type NULL when unknown. The IP '
'address and the user agent are not shown. Errors: no such campaign P0002; NULL id or flag, a damaged cursor, page_size out of range 22023.';

revoke all on function campaign_visits_of(uuid, boolean, boolean, text, integer) from public;
grant execute on function campaign_visits_of(uuid, boolean, boolean, text, integer) to campaign_analyst;
