create function campaign_branches(
  parent_campaign_id uuid default null,
  start_date date default null,
  end_date date default null,
  tz text default null,
  max_rows integer default 100
)
returns table (
  campaign_id uuid,
  name text,
  tracking_code text,
  platform text,
  campaign_type text,
  is_active boolean,
  child_count bigint,
  currency text,
  cost numeric,
  budget numeric,
  revenue numeric,
  profit numeric,
  roi numeric,
  visits bigint,
  unique_visitors bigint,
  conversions bigint,
  conversion_rate numeric,
  average_order_value numeric,
  cost_per_conversion numeric,
  other_currencies jsonb
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
declare
  v_days record := _campaign_days(start_date, end_date, tz);
begin
  if parent_campaign_id is not null then
    perform _campaign_check_exists(parent_campaign_id);
  end if;
  if max_rows is null or max_rows not between 1 and 1000 then
    raise exception using errcode = '22023', message = 'max_rows must be between 1 and 1000';
  end if;
  return query
  select c.id, c.name, c.tracking_code, c.platform, c.campaign_type, c.is_active,
    (select count(*) from campaigns child where child.parent_campaign_id = c.id),
    t.currency, t.cost, t.budget, t.revenue, t.profit, t.roi, t.visits, t.unique_visitors, t.conversions, t.conversion_rate,
    t.average_order_value, t.cost_per_conversion, t.other_currencies
  from _campaign_totals(
    array(select c.id from campaigns c where c.parent_campaign_id is not distinct from campaign_branches.parent_campaign_id),
    true, v_days.range_from, v_days.range_until
  ) t
  join campaigns c on c.id = t.campaign_id
  order by t.revenue desc, t.visits desc, c.name, c.id
  limit max_rows;
end
$$;

comment on function campaign_branches(uuid, date, date, text, integer) is
'One level of the tree with its figures: the campaigns directly under the given one, or those without a parent when it is NULL. Each row covers that '
'campaign''s whole tree; highest revenue first, then visits, name and id; at most max_rows (1 to 1000). child_count: how many are directly under it. Figures '
'and their NULLs as in campaign_roi. From start_date to end_date, local days of tz, both included; a NULL date is an open end, tz NULL is campaign.timezone. '
'Errors: no such campaign P0002; unknown time zone, end before start, max_rows out of range 22023.';

revoke all on function campaign_branches(uuid, date, date, text, integer) from public;
grant execute on function campaign_branches(uuid, date, date, text, integer) to campaign_analyst;
