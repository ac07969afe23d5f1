create function _campaign_totals(
  roots uuid[],
  include_children boolean,
  range_from timestamptz,
  range_until timestamptz,
  with_visitors boolean default true
)
returns table (
  campaign_id uuid,
  visits bigint,
  unique_visitors bigint,
  conversions bigint,
  conversion_rate numeric,
  currency text,
  revenue numeric,
  average_order_value numeric,
  cost numeric,
  budget numeric,
  profit numeric,
  roi numeric,
  cost_per_visit numeric,
  cost_per_conversion numeric,
  other_currencies jsonb
)
language sql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set jit = off
as $$
  with members as (
    select array_agg(m.root_id::text) as roots, array_agg(m.member_id) as ids
    from _campaign_members(roots, include_children) m
  )
  select c.id, t.visits, t.unique_visitors, t.conversions, t.conversion_rate, t.currency, t.revenue, t.average_order_value,
    t.cost, round(coalesce(nullif(c.budget, 0), t.budget), 2), t.profit, t.roi, t.cost_per_visit, t.cost_per_conversion, t.other_currencies
  from members m
  cross join lateral _campaign_totals_by(m.roots, m.ids, range_from, range_until, with_visitors) t
  join campaigns c on c.id = t.key::uuid;
$$;

comment on function _campaign_totals(uuid[], boolean, timestamptz, timestamptz, boolean) is
'The figures of each root campaign, alone or with its whole tree, as _campaign_totals_by derives them; the budget of a tree is its root''s own, else the '
'sum over the tree.';

revoke all on function _campaign_totals(uuid[], boolean, timestamptz, timestamptz, boolean) from public;
