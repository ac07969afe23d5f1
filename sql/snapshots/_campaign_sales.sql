create function _campaign_sales(campaign_ids uuid[], starts timestamptz[], until timestamptz)
returns table (campaign_id uuid, bucket integer, currency text, conversions bigint, revenue numeric)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v record := _campaign_cover(starts, until, true);
  v_default constant text := _campaign_setting('currency');
  v_stale record;
begin
  select array_agg(s.campaign_id) as ids, array_agg(s.bucket) as buckets, array_agg(s.day) as days, array_agg(s.hour) as hours,
    array_agg(s.starts_at) as starts, array_agg(s.ends_at) as ends
  into v_stale
  from _campaign_stale('conversion', campaign_ids, v.folded_until, v.zone, v.days, v.day_buckets, v.hours, v.hour_buckets) s;

  return query
  with day_rows as (
    select s.campaign_id, d.bucket, s.currency, s.currency_conversions, s.total_revenue, s.other_currencies
    from campaign_analytics_snapshots s
    join unnest(v.days, v.day_buckets) d (day, bucket) on d.day = s.snapshot_date
    where s.campaign_id = any (campaign_ids) and s.snapshot_hour is null
      and s.snapshot_date between v.days[1] and v.days[cardinality(v.days)]
      and s.total_conversions > 0
      and (v_stale.ids is null
        or not exists (select from unnest(v_stale.ids, v_stale.days) x (id, day) where x.id = s.campaign_id and x.day = s.snapshot_date))
  ),
  hour_rows as (
    select s.campaign_id, h.bucket, s.currency, s.currency_conversions, s.total_revenue, s.other_currencies
    from campaign_analytics_snapshots s
    join (
      select u.bucket, u.hour, (u.hour at time zone 'UTC')::date as date, extract(hour from u.hour at time zone 'UTC')::integer as number
      from unnest(v.hours, v.hour_buckets) u (hour, bucket)
    ) h on h.date = s.snapshot_date and h.number = s.snapshot_hour
    where s.campaign_id = any (campaign_ids)
      and s.snapshot_hour = any (array(select distinct extract(hour from u at time zone 'UTC')::integer from unnest(v.hours) u))
      and s.snapshot_date between (v.hours[1] at time zone 'UTC')::date and (v.hours[cardinality(v.hours)] at time zone 'UTC')::date
      and s.total_conversions > 0
      and (v_stale.ids is null
        or not exists (select from unnest(v_stale.ids, v_stale.hours) x (id, hour) where x.id = s.campaign_id and x.hour = h.hour))
  ),
  bucket_rows as materialized (
    select * from day_rows
    union all
    select * from hour_rows
  ),
  facts as (
    select c.campaign_id, r.bucket, c.currency, c.net_revenue
    from unnest(v.raw_starts, v.raw_ends, v.raw_buckets) r (starts_at, ends_at, bucket)
    join campaign_conversions c on c.converted_at >= r.starts_at and c.converted_at < r.ends_at
    where c.campaign_id = any (campaign_ids) and c.cancelled_at is null
    union all
    select c.campaign_id, r.bucket, c.currency, c.net_revenue
    from unnest(v_stale.ids, v_stale.buckets, v_stale.starts, v_stale.ends) r (campaign_id, bucket, starts_at, ends_at)
    join campaign_conversions c on c.campaign_id = r.campaign_id and c.converted_at >= r.starts_at and c.converted_at < r.ends_at
    where c.cancelled_at is null
  ),
  parts as (
    select b.campaign_id, b.bucket, b.currency, b.currency_conversions as conversions, b.total_revenue as revenue
    from bucket_rows b
    where b.currency_conversions > 0
    union all
    select b.campaign_id, b.bucket, o.currency, o.conversions, o.revenue
    from bucket_rows b
    cross join lateral jsonb_to_recordset(b.other_currencies) o (currency text, conversions bigint, revenue numeric)
    where b.other_currencies is not null
    union all
    select f.campaign_id, f.bucket, f.currency, 1, f.net_revenue
    from facts f
  )
  select p.campaign_id, p.bucket, coalesce(p.currency, v_default), sum(p.conversions)::bigint, sum(p.revenue)
  from parts p
  group by p.campaign_id, p.bucket, coalesce(p.currency, v_default);
end
$$;

comment on function _campaign_sales(uuid[], timestamptz[], timestamptz) is
'The conversions of these campaigns (not cancelled) and their revenue, net of refunds, by bucket and currency, exact and current: bucket i is starts[i] <= t < '
'starts[i + 1], the last one ends at until. A conversion without a currency is in campaign.currency when that is set.';

revoke all on function _campaign_sales(uuid[], timestamptz[], timestamptz) from public;
