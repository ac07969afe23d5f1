create function campaign_timeline(
  campaign_id uuid,
  start_date date default null,
  end_date date default null,
  include_children boolean default false,
  tz text default null,
  granularity text default 'day'
)
returns table (
  bucket timestamptz,
  bucket_date date,
  visits bigint,
  unique_visitors bigint,
  conversions bigint,
  revenue numeric
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_ids uuid[] := _campaign_covered(campaign_timeline.campaign_id, include_children);
  v_days record := _campaign_days(start_date, end_date, tz);
  v_buckets record := _campaign_buckets(v_ids, start_date, end_date, tz, granularity);
  v_main text := _campaign_main_currency();
  v_starts timestamptz[] := _campaign_starts(v_buckets.starts, v_days.range_from);
begin
  return query
  with traffic as (
    select f.bucket as number, sum(f.visits)::bigint as visits, campaign_audience_count(campaign_audience_union(f.audience)) as unique_visitors
    from _campaign_traffic(v_ids, v_starts, v_days.range_until, true) f
    group by f.bucket
  ),
  sales as (
    select f.bucket as number, sum(f.conversions)::bigint as conversions,
      sum(f.revenue) filter (where f.currency is not distinct from v_main) as revenue
    from _campaign_sales(v_ids, v_starts, v_days.range_until) f
    group by f.bucket
  )
  select b.starts, b.dates,
    coalesce(t.visits, 0), coalesce(t.unique_visitors, 0), coalesce(s.conversions, 0), round(coalesce(s.revenue, 0), 2)
  from unnest(v_buckets.starts, v_buckets.dates) with ordinality b (starts, dates, number)
  left join traffic t on t.number = b.number
  left join sales s on s.number = b.number
  order by b.number;
end
$$;

comment on function campaign_timeline(uuid, date, date, boolean, text, text) is
'One campaign over time, one row for each local hour, day, week (from Monday) or month of tz, zeros included. bucket is the instant it '
'starts, bucket_date the local date of that; a day of 25 hours has 25 hourly rows. From start_date to end_date, local days, both included: a week or month '
'that reaches beyond them counts only what lies within. A NULL date is an open end: the rows then begin or end with the campaign''s first or '
'last record, and without any record there are no rows. With include_children the whole tree below counts too. unique_visitors are distinct sessions of the '
'bucket and do not add up over buckets. Revenue is net of refunds, without cancelled orders, in the main currency. '
'Errors: no such campaign P0002; NULL id, unknown granularity or time zone, end before start, more than 4000 days by the hour or 100000 days 22023.';

revoke all on function campaign_timeline(uuid, date, date, boolean, text, text) from public;
grant execute on function campaign_timeline(uuid, date, date, boolean, text, text) to campaign_analyst;
