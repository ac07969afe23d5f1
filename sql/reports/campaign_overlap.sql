create function campaign_overlap(
  campaign_id uuid,
  start_date date default null,
  end_date date default null,
  tz text default null,
  max_children integer default 10
)
returns table (
  child_id uuid,
  name text,
  visitors bigint,
  other_id uuid,
  other_name text,
  other_visitors bigint,
  common_visitors bigint
)
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  v_days record := _campaign_days(start_date, end_date, tz);
  v_root uuid := _campaign_check_exists(campaign_overlap.campaign_id);
  v_roots uuid[];
  v_ids uuid[];
begin
  if max_children is null or max_children not between 2 and 50 then
    raise exception using errcode = '22023', message = 'max_children must be between 2 and 50';
  end if;
  -- A child counts with all below it, as it does beside the others in campaign_analytics.
  select array_agg(m.root_id), array_agg(m.member_id)
  into v_roots, v_ids
  from _campaign_members(array(select c.id from campaigns c where c.parent_campaign_id = v_root), true) m;

  return query
  with members as (
    select m.root_id, m.member_id from unnest(v_roots, v_ids) m (root_id, member_id)
  ),
  audiences as (
    select m.root_id, campaign_audience_union(t.audience) as audience
    from _campaign_traffic(v_ids, array[v_days.range_from], v_days.range_until, true) t
    join members m on m.member_id = t.campaign_id
    group by m.root_id
  ),
  largest as materialized (
    select c.id, c.name, a.audience, campaign_audience_count(a.audience) as visitors,
      row_number() over (order by campaign_audience_count(a.audience) desc, c.name, c.id) as place
    from audiences a
    join campaigns c on c.id = a.root_id
    order by place
    limit max_children
  )
  select l.id, l.name, l.visitors, o.id, o.name, o.visitors, campaign_audience_count(l.audience & o.audience)
  from largest l
  join largest o on o.place > l.place
  order by l.place, o.place;
end
$$;

comment on function campaign_overlap(uuid, date, date, text, integer) is
'Whether the children of a campaign reach the same people: one row for each pair of its direct children, with the distinct visitors (sessions) of each and those '
'of both. Each child counts with its whole tree. Of the children with visits only the max_children (2 to 50) with the most visitors are compared, largest '
'first; fewer than two of them give no row. From start_date to end_date, local days of tz, both included; a NULL date is an open end, tz NULL is '
'campaign.timezone. Bots do not count. Errors: no such campaign P0002; NULL id, unknown time zone, end before start, max_children out of range 22023.';

revoke all on function campaign_overlap(uuid, date, date, text, integer) from public;
grant execute on function campaign_overlap(uuid, date, date, text, integer) to campaign_analyst;
