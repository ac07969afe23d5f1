create function _campaign_recorded(
  campaign_ids uuid[],
  range_from timestamptz,
  range_until timestamptz,
  out first_at timestamptz,
  out last_at timestamptz
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set jit = off
as $$
declare
  v_id uuid;
begin
  -- Two probes of the index for each campaign, where min() and max() over all of them would read every visit.
  foreach v_id in array campaign_ids loop
    first_at := least(first_at, (
      select v.visited_at from campaign_visits v
      where v.campaign_id = v_id and v.visited_at >= range_from and v.visited_at < range_until
        and v.device_type is distinct from 'bot'
      order by v.visited_at limit 1
    ), (
      select c.converted_at from campaign_conversions c
      where c.campaign_id = v_id and c.converted_at >= range_from and c.converted_at < range_until
        and c.cancelled_at is null
      order by c.converted_at limit 1
    ));
    last_at := greatest(last_at, (
      select v.visited_at from campaign_visits v
      where v.campaign_id = v_id and v.visited_at >= range_from and v.visited_at < range_until
        and v.device_type is distinct from 'bot'
      order by v.visited_at desc limit 1
    ), (
      select c.converted_at from campaign_conversions c
      where c.campaign_id = v_id and c.converted_at >= range_from and c.converted_at < range_until
        and c.cancelled_at is null
      order by c.converted_at desc limit 1
    ));
  end loop;

  -- Purged visits are known by the hour.
  select least(first_at, min(h.hour)), greatest(last_at, max(h.hour))
  into first_at, last_at
  from _campaign_snapshot_state p
  join campaign_analytics_snapshots s
    on s.campaign_id = any (campaign_ids) and s.snapshot_hour is not null and s.total_visits > 0
    and s.snapshot_date <= p.purged_until::date + 1
  cross join lateral (
    select greatest((s.snapshot_date + make_interval(hours => s.snapshot_hour)) at time zone 'UTC', range_from) as hour
  ) h
  where h.hour < least(p.purged_until, range_until) and h.hour + interval '1 hour' > range_from;
end
$$;

comment on function _campaign_recorded(uuid[], timestamptz, timestamptz) is
'When these campaigns'' first and last counted visit or conversion in range_from <= t < range_until happened; NULL when there is none.';

revoke all on function _campaign_recorded(uuid[], timestamptz, timestamptz) from public;
