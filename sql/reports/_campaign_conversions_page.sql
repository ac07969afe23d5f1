create function _campaign_conversions_page(
  campaign_ids uuid[],
  range_from timestamptz,
  range_until timestamptz,
  after text,
  page_size integer
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
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_rows integer := _campaign_check_page_size(page_size);
  v_after record := _campaign_cursor_place(after);
  v_default text := upper(_campaign_setting('currency'));
  v_since timestamptz := _campaign_conversions_since(campaign_ids, range_from, range_until, v_after.at, v_after.id, v_rows);
begin
  if v_since is null then
    return;
  end if;

  return query
  select c.id, c.campaign_id, p.tracking_code, c.order_id::text, c.customer_id::text, c.visit_id, c.device_type, c.country,
    coalesce(c.currency, v_default), round(c.revenue, 2), round(c.order_total, 2), round(c.refunded, 2), round(c.net_revenue, 2),
    c.converted_at, c.cancelled_at, _campaign_cursor(c.converted_at, c.id)
  from campaign_conversions c
  join campaigns p on p.id = c.campaign_id
  where c.campaign_id = any (campaign_ids)
    and c.converted_at >= v_since and c.converted_at < range_until
    and (c.converted_at, c.id) < (v_after.at, v_after.id)
  order by c.converted_at desc, c.id desc
  limit v_rows;
end
$$;

comment on function _campaign_conversions_page(uuid[], timestamptz, timestamptz, text, integer) is
'The page_size newest conversions of these campaigns in range_from <= converted_at < range_until that come after the cursor, newest first; NULL is the first page. '
'Errors: 22023 a cursor or page size that cannot be.';

revoke all on function _campaign_conversions_page(uuid[], timestamptz, timestamptz, text, integer) from public;
