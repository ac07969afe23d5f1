create function campaign_conversions_of(
  campaign_id uuid,
  start_date date default null,
  end_date date default null,
  include_children boolean default false,
  tz text default null,
  cursor text default null,
  page_size integer default 50
)
returns table (
  id uuid,
  campaign_id uuid,
  tracking_code text,
  order_id text,
  customer_id text,
  visit_id uuid,
  device_type text,
  country text,
  currency text,
  revenue numeric,
  order_total numeric,
  refunded numeric,
  net_revenue numeric,
  converted_at timestamptz,
  cancelled_at timestamptz,
  cursor text
)
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
  select p.*
  from _campaign_days(start_date, end_date, tz) d
  cross join lateral _campaign_conversions_page(
    _campaign_covered(campaign_conversions_of.campaign_id, include_children), d.range_from, d.range_until,
    campaign_conversions_of.cursor, page_size
  ) p
  order by p.converted_at desc, p.id desc;
$$;

comment on function campaign_conversions_of(uuid, date, date, boolean, text, text, integer) is
'The conversions of one campaign, newest first, page_size (1 to 1000) at a time. The next page: pass the cursor of the last row; a page that is not full is '
'the last one. Rows written meanwhile neither repeat nor hide another. Cancelled orders are listed too (cancelled_at; reports do not count them). revenue is the '
'order''s total when it was placed, order_total as it stands now, net_revenue = order_total - refunded, or 0 once cancelled: 2 decimals, in the row''s currency '
'(campaign.currency when the order has none; NULL without either). order_id and customer_id as text; customer_id NULL for a guest, device_type and country NULL '
'when unknown; the visit may have been purged. From start_date to end_date, local days of tz, both included, by the time of the order; a NULL date is an '
'open end, tz NULL is campaign.timezone. With include_children the whole tree below is listed. Errors: no such campaign P0002; NULL id, unknown time '
'zone, end before start, a damaged cursor, page_size out of range 22023.';

revoke all on function campaign_conversions_of(uuid, date, date, boolean, text, text, integer) from public;
grant execute on function campaign_conversions_of(uuid, date, date, boolean, text, text, integer) to campaign_analyst;
