create function _campaign_visits_since(
  campaign_ids uuid[],
  only_active boolean,
  before_at timestamptz,
  before_id uuid,
  page_size integer
)
returns timestamptz
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
-- One plan for every campaign: making it takes longer than running it.
set plan_cache_mode = force_generic_plan
as $$
declare
  v_id uuid;
  v_found timestamptz[];
  v_newest timestamptz[] := '{}';
  v_since timestamptz := '-infinity';
begin
  -- The index gives each campaign's newest in order; over all of them at once every visit would have to be sorted.
  foreach v_id in array campaign_ids loop
    v_found := array(
      select v.visited_at
      from campaign_visits v
      where v.campaign_id = v_id
        and v.visited_at >= v_since
        and (v.visited_at, v.id) < (before_at, before_id)
        and (not only_active or (v.expires_at > now() and v.device_type is distinct from 'bot'))
      order by v.visited_at desc
      limit page_size
    );
    if v_found <> '{}' then
      v_newest := array(select n.visited_at from unnest(v_newest || v_found) n (visited_at) order by n.visited_at desc limit page_size);
      if cardinality(v_newest) = page_size then
        v_since := v_newest[page_size];
      end if;
    end if;
  end loop;
  return v_newest[cardinality(v_newest)];
end
$$;

comment on function _campaign_visits_since(uuid[], boolean, timestamptz, uuid, integer) is
'When the last of the page_size newest visits of these campaigns before (before_at, before_id) was made; NULL when there is none. only_active counts live visits only.';

revoke all on function _campaign_visits_since(uuid[], boolean, timestamptz, uuid, integer) from public;
