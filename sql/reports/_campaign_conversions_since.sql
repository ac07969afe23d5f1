create function _campaign_conversions_since(
  campaign_ids uuid[],
  range_from timestamptz,
  range_until timestamptz,
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
  v_since timestamptz := range_from;
begin
  -- The index gives each campaign's newest in order; over all of them at once every conversion would have to be sorted.
  foreach v_id in array campaign_ids loop
    v_found := array(
      select c.converted_at
      from campaign_conversions c
      where c.campaign_id = v_id
        and c.converted_at >= v_since and c.converted_at < range_until
        and (c.converted_at, c.id) < (before_at, before_id)
      order by c.converted_at desc
      limit page_size
    );
    if v_found <> '{}' then
      v_newest := array(select n.converted_at from unnest(v_newest || v_found) n (converted_at) order by n.converted_at desc limit page_size);
      if cardinality(v_newest) = page_size then
        v_since := v_newest[page_size];
      end if;
    end if;
  end loop;
  return v_newest[cardinality(v_newest)];
end
$$;

comment on function _campaign_conversions_since(uuid[], timestamptz, timestamptz, timestamptz, uuid, integer) is
'When the last of the page_size newest conversions of these campaigns in range_from <= converted_at < range_until and before (before_at, before_id) happened; NULL when there is none.';

revoke all on function _campaign_conversions_since(uuid[], timestamptz, timestamptz, timestamptz, uuid, integer) from public;
