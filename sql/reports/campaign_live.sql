create function campaign_live()
returns table (campaign_id uuid, name text, tracking_code text, platform text, visitors bigint)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
declare
  v_ids uuid[] := array(select c.id from campaigns c);
  v_clicked_since timestamptz := now() - interval '24 hours';
  v_active_since timestamptz := now() - interval '5 minutes';
begin
  return query
  with active as (
    select v.campaign_id, count(distinct v.session_no) as visitors
    from campaign_visits v
    where v.campaign_id = any (v_ids)
      -- last_activity_at has no index, so that page views stay cheap: the last day's clicks are read instead.
      and v.visited_at >= v_clicked_since
      and v.last_activity_at >= v_active_since
      and v.device_type is distinct from 'bot'
    group by v.campaign_id
  )
  select c.id, c.name, c.tracking_code, c.platform, a.visitors
  from active a
  join campaigns c on c.id = a.campaign_id
  order by a.visitors desc, c.name, c.id;
end
$$;

comment on function campaign_live() is
'Who is in the shop now: for each campaign the sessions that clicked it within the last 24 hours and were active within the last 5 minutes, most first; '
'campaigns without any are left out. A session is live only in its latest visit, except while it moves from one campaign to another. A visitor whose click is '
'older than a day is not seen here, however active: that keeps this answer, and the recording of page views, cheap. Bots do not count.';

revoke all on function campaign_live() from public;
grant execute on function campaign_live() to campaign_analyst;
