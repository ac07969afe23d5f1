create function campaign_customer_history(customer_id text)
returns jsonb
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
set timezone = 'UTC'
as $$
#variable_conflict use_column
declare
  v_key jsonb := _campaign_key('customer_id', campaign_customer_history.customer_id);
  v_main text := _campaign_main_currency();
  v_default text := upper(_campaign_setting('currency'));
  v_sessions text[];
  v_history jsonb;
begin
  execute format(
    $query$
    select array_agg(s.session_id) from _campaign_sessions_of($1::%1$s) s (session_id)
    $query$,
    _campaign_column_type('customer_id')
  ) into v_sessions using campaign_customer_history.customer_id;

  with touches as materialized (
    select t.campaign_id, t.visited_at, t.touch, t.number
    from _campaign_touches(v_sessions, campaign_customer_history.customer_id, 'infinity')
      with ordinality t (visit_id, campaign_id, campaign, visited_at, other_customer, touch, number)
    where not t.other_customer
  ),
  orders as materialized (
    select o.campaign_id, o.order_id, o.visit_id, coalesce(o.currency, v_default) as currency, o.net_revenue, o.cancelled_at,
      o.conversion, o.number, _campaign_label(c.id, c.name, c.tracking_code, c.platform) as campaign
    from _campaign_conversions_by('customer_id', campaign_customer_history.customer_id)
      with ordinality o (
        id, campaign_id, visit_id, session_id, order_id, customer_id, currency, net_revenue, converted_at, cancelled_at, conversion, number
      )
    left join campaigns c on c.id = o.campaign_id
  ),
  traffic as (
    select t.campaign_id, min(t.visited_at) as first_touch_at, max(t.visited_at) as last_touch_at, count(*) as visits
    from touches t
    group by t.campaign_id
  ),
  sales_by_currency as (
    select o.campaign_id, o.currency, count(*) as conversions, sum(o.net_revenue) as revenue
    from orders o
    where o.cancelled_at is null
    group by o.campaign_id, o.currency
  ),
  sales as (
    select s.campaign_id,
      sum(s.conversions) as conversions,
      sum(s.revenue) filter (where s.currency is not distinct from v_main) as revenue,
      jsonb_agg(_campaign_currency_entry(s.currency, s.conversions, s.revenue) order by s.currency)
        filter (where s.currency is distinct from v_main) as other_currencies
    from sales_by_currency s
    group by s.campaign_id
  ),
  met as (
    select c.id, c.name, c.tracking_code, c.platform
    from campaigns c
    where c.id in (select t.campaign_id from touches t union select o.campaign_id from orders o)
  )
  select jsonb_build_object(
    'customer_id', v_key,
    'visits', (select coalesce(jsonb_agg(t.touch order by t.number), '[]') from touches t),
    'conversions', (
      select coalesce(jsonb_agg(
        o.conversion || jsonb_build_object('order_id', o.order_id, 'visit_id', o.visit_id, 'campaign', o.campaign) order by o.number
      ), '[]')
      from orders o
    ),
    'campaigns', (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'campaign', _campaign_label(m.id, m.name, m.tracking_code, m.platform),
          'first_touch_at', t.first_touch_at,
          'last_touch_at', t.last_touch_at,
          'visits', coalesce(t.visits, 0),
          'conversions', coalesce(s.conversions, 0),
          'currency', v_main,
          'revenue', round(coalesce(s.revenue, 0), 2),
          'other_currencies', s.other_currencies
        ) order by t.first_touch_at, m.name, m.id
      ), '[]')
      from met m
      left join traffic t on t.campaign_id = m.id
      left join sales s on s.campaign_id = m.id
    )
  ) into v_history;
  return v_history;
end
$$;

comment on function campaign_customer_history(text) is
'Every campaign a customer met, as a document: {customer_id, visits, conversions, campaigns}, each list oldest first. visits are those linked to the customer and the others of '
'the same sessions that belong to nobody else; conversions include cancelled ones; campaigns sums both for each campaign: first_touch_at, last_touch_at, visits, '
'conversions and revenue (not cancelled, net of refunds, in the main currency; other_currencies as in campaign_metrics). A customer nobody knows has empty lists. '
'Money has 2 decimals, times are in UTC. Errors: NULL 22023, a text that is no key of the customers table 22P02.';

revoke all on function campaign_customer_history(text) from public;
grant execute on function campaign_customer_history(text) to campaign_analyst;
