create function _campaign_mark_changed() returns trigger
language plpgsql volatile security definer parallel unsafe
set search_path = @extschema@, pg_temp
as $$
begin
  if tg_argv[0] = 'visit' then
    -- Purging is not forgetting: the rows that count purged visits stay as they are.
    insert into _campaign_snapshot_marks (fact, campaign_id, at)
    select distinct 'visit', b.campaign_id, date_bin('15 minutes', b.visited_at, '2000-01-01 00:00+00')
    from facts_before b
    where b.visited_at >= coalesce((select s.purged_until from _campaign_snapshot_state s), '-infinity');
  elsif tg_op = 'DELETE' then
    insert into _campaign_snapshot_marks (fact, campaign_id, at)
    select distinct 'conversion', b.campaign_id, date_bin('15 minutes', b.converted_at, '2000-01-01 00:00+00')
    from facts_before b;
  else
    insert into _campaign_snapshot_marks (fact, campaign_id, at)
    select distinct 'conversion', c.campaign_id, date_bin('15 minutes', c.converted_at, '2000-01-01 00:00+00')
    from (
      (select b.id, b.campaign_id, b.visit_id, b.device_type, b.country, b.currency, b.net_revenue, b.cancelled_at is null, b.converted_at from facts_before b
       except
       select a.id, a.campaign_id, a.visit_id, a.device_type, a.country, a.currency, a.net_revenue, a.cancelled_at is null, a.converted_at from facts_after a)
      union all
      (select a.id, a.campaign_id, a.visit_id, a.device_type, a.country, a.currency, a.net_revenue, a.cancelled_at is null, a.converted_at from facts_after a
       except
       select b.id, b.campaign_id, b.visit_id, b.device_type, b.country, b.currency, b.net_revenue, b.cancelled_at is null, b.converted_at from facts_before b)
    ) c;
  end if;
  return null;
end
$$;

comment on function _campaign_mark_changed() is
'Trigger: marks the hours and days whose visits were deleted, or whose conversions changed or were deleted. A quarter of an hour lies in one hour and one '
'local day of every time zone since 1972.';

revoke all on function _campaign_mark_changed() from public;
